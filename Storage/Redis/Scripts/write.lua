-- Puts a message into the queue.
--
-- KEYS  1 schedule  2 state  3 held  4 message  5 content  [6 staging  7 staged: if chunks > 0]  [last: idempotency]
-- ARGV  1 id  2 due (microseconds from now, or '@' and microseconds since 1970)  3 chunks staged under KEYS[5] (0: inline)
--       4 metadata  5 inline content  6 content bytes  7 most messages (0: any)  8 most bytes (0: any)
--       9 wake channel  10 partition  11 idempotency window in ms ('' without a key)  12 fingerprint
-- Reply {1, due} written; {3, id} the idempotency key belongs to that message, which stands;
--       {-1, id} likewise, but with another fingerprint; {-2, messages, bytes} full; {-3} staged content is missing
local schedule, state, message = KEYS[1], KEYS[2], KEYS[4]
local size = tonumber(ARGV[6])

local idempotency = ARGV[11] ~= '' and KEYS[#KEYS]
if idempotency then
  local known = redis.call('GET', idempotency)
  if known then
    local id, fingerprint = string.match(known, '^(%S+) (.*)$')
    return {fingerprint == ARGV[12] and 3 or -1, id}
  end
end

local most, mostbytes = tonumber(ARGV[7]), tonumber(ARGV[8])
if most > 0 or mostbytes > 0 then
  local count = redis.call('ZCARD', schedule) + redis.call('ZCARD', KEYS[3])
  local bytes = tonumber(redis.call('HGET', state, 'bytes') or 0)
  if (most > 0 and count >= most) or (mostbytes > 0 and bytes + size > mostbytes) then return {-2, count, bytes} end
end

local chunks = tonumber(ARGV[3])
if chunks > 0 and redis.call('HLEN', KEYS[5]) ~= chunks then return {-3} end

local due
if string.sub(ARGV[2], 1, 1) == '@' then
  due = string.sub(ARGV[2], 2)
else
  local t = redis.call('TIME')
  due = string.format('%.0f', t[1] * 1000000 + t[2] + tonumber(ARGV[2]))
end

-- The first write is one that Redis refuses when out of memory: a full server refuses the script before it changed anything.
-- The index comes before the message: Garnet's append-only file can end in the middle of a script, and an index entry
-- without a message is harmless, where a message without one is lost.
local head = redis.call('ZRANGE', schedule, 0, 0, 'WITHSCORES')
redis.call('ZADD', schedule, due, ARGV[1])
if chunks > 0 then
  -- Expiring until the books no longer have it, and kept before there is a message that needs it.
  redis.call('HDEL', KEYS[7], ARGV[1])
  redis.call('ZREM', KEYS[6], ARGV[1])
  redis.call('PERSIST', KEYS[5])
  redis.call('HSET', message, 'meta', ARGV[4])
else
  redis.call('HSET', message, 'meta', ARGV[4], 'content', ARGV[5])
end
redis.call('HINCRBY', state, 'bytes', size)
if idempotency then redis.call('SET', idempotency, ARGV[1] .. ' ' .. ARGV[12], 'PX', ARGV[11]) end

-- Only a new head changes when a sleeping consumer has to wake.
if head[1] == nil or tonumber(due) < tonumber(head[2]) then
  redis.pcall('PUBLISH', ARGV[9], ARGV[10])
end
return {1, due}
