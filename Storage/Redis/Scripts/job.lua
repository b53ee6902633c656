-- Keeps operators' jobs. The index tells those that run (until when the process that does one has it; 1 before the first) from those
-- that have ended: -(time of the end), so that the newest come first. A record is JSON, after '!who' and a line feed once canceled.
--
-- KEYS  1 jobs (the index)  2 orders (the records)  3 state
-- ARGV  1 'start' (3 = JSON, 4 = most that run)
--         | 'take' the next that no process has (5 = microseconds)
--         | 'save' (3 = JSON, '' keeps it; 4 = until when the caller has it; 5 = microseconds, 0 gives it back)
--         | 'cancel' (3 = who)
--         | 'end' (4 = until when the caller has it)
--       2 id ('' for 'take')  6 most that are kept after their end, and for how many microseconds
-- Reply 'start': {1}; {-1} as many run as may
--       'take': {1, id, until, record}; {0} none
--       'save': {1, until}; {-1} another process has it, or it has ended
--       'cancel': {1, record}; {0} no such job
--       'end': {1}; {-1} as 'save'
local jobs, orders, action, id = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local now, unseen = queue_time(KEYS[3])

local most, age = string.match(ARGV[6], '^(%d+) (%d+)$')
-- When no job runs any more, the records of ended jobs expire by themselves.
local function fade()
  if redis.call('ZCOUNT', jobs, 1, '+inf') > 0 then return end
  redis.call('PEXPIRE', jobs, text(age / 1000))
  redis.call('PEXPIRE', orders, text(age / 1000))
end

if action == 'start' then
  if redis.call('ZCOUNT', jobs, 1, '+inf') >= tonumber(ARGV[4]) then return {-1} end
  -- Index first: an entry without a record goes with the next take, a record without an entry would stay.
  redis.call('ZADD', jobs, 1, id)
  redis.call('HSET', orders, id, ARGV[3])
  redis.call('PERSIST', jobs)
  redis.call('PERSIST', orders)
  return {1}
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory.
redis.call('HDEL', orders, '')
if action == 'take' then
  local orphans = false
  while true do
    local found = redis.call('ZRANGEBYSCORE', jobs, 1, text(now), 'LIMIT', 0, 1)
    if #found == 0 then
      if orphans then fade() end
      return {0}
    end
    local record = redis.call('HGET', orders, found[1])
    if record then
      local till = text(now + tonumber(ARGV[5]))
      redis.call('ZADD', jobs, till, found[1])
      note_time(KEYS[3], now, unseen)
      return {1, found[1], till, record}
    end
    redis.call('ZREM', jobs, found[1])
    orphans = true
  end
end

local record = redis.call('HGET', orders, id)
if action == 'cancel' then
  if not record then return {0} end
  if string.sub(record, 1, 1) ~= '!' then
    record = '!' .. ARGV[3] .. '\n' .. record
    redis.call('HSET', orders, id, record)
  end
  return {1, record}
end

local till = redis.call('ZSCORE', jobs, id)
if not record or not till or text(micros(till)) ~= ARGV[4] then return {-1} end
if action == 'save' then
  if ARGV[3] ~= '' then
    record = (string.match(record, '^![^\n]*\n') or '') .. ARGV[3]
    redis.call('HSET', orders, id, record)
  end
  -- It only grows, so that it tells one process's hold from another's.
  till = text(ARGV[5] == '0' and now or math.max(micros(till) + 1, now + tonumber(ARGV[5])))
  redis.call('ZADD', jobs, till, id)
  note_time(KEYS[3], now, unseen)
  return {1, till}
end

redis.call('ZADD', jobs, '-' .. text(now), id)
local old = {}
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', jobs, text(tonumber(age) - now), 0)) do old[#old + 1] = gone end
for _, gone in ipairs(redis.call('ZRANGE', jobs, most, redis.call('ZCOUNT', jobs, '-inf', 0) - 1)) do old[#old + 1] = gone end
for _, gone in ipairs(old) do
  redis.call('HDEL', orders, gone)
  redis.call('ZREM', jobs, gone)
end
fade()
return {1}
