-- Changes a message: for the holder of its lease, or for an operator when no relay holds one. All of it or nothing.
--
-- KEYS  1 schedule  2 leases  3 state  4 held  5 reasons  6 message  7 content  8 attempts  9 ended  10 history,
--       then per new message: message, content; then, if any of them has chunks: staging, staged
-- ARGV  1 id  2 token ('' for an operator)
--       3 'remove' | 'retry' (4 = due) | 'hold' (4 = reason) | 'release' back, untouched (4 = due)
--         | 'unhold' (4 = due) | 'keep' the lease and the time | 'expire' like remove, if held since before (4 = a time)
--         | 'bounce' an operator's order: due now, for a relay to end it with a report (4 = text)
--         | 'route' an operator's order: due now, to be sent by the route of this name (4 = name; '' for that of the relay's table)
--         | 'join' like keep: it is no longer alone in its relay's hand, and what relays died with it alone of was something else
--       5 attempts to add  6 recipient indexes to mark, 'i,j,...'  7 attempt record to append  8 most records to keep, and most bytes of them
--       9 state for the next attempt ('' keeps the last)  10 wake channel  11 partition
--       12 indexes of those of 6 that failed for good  13 history: most messages, most microseconds and most bytes ('' for none)
--       14 what became of the message, for its history ('' where 12 and what failed before tells)  15 JSON for its history ('' for none);
--         of a bounce, who ordered it
--       16 '1' keeps its content for as long as its history, if it is bounced
--       17 the job that does an operator's order ('' for none): it does it once, and counts it,
--       then per new message: id, due, chunks, metadata, inline content, content bytes
-- Reply {1, attempts, ids of messages that went from history and whose content is still there...} done;
--       {0} no such message, or the job has done it before;
--       {-1} the lease is lost; {-2, owner, until} a consumer holds a lease; {-3} the message is held; {-4, recipients} an index is out of range;
--       {-5} a new message's staged content is missing; {-6} the message's key is another program's
local schedule, leases, state, message = KEYS[1], KEYS[2], KEYS[3], KEYS[6]
local id, token, action = ARGV[1], ARGV[2], ARGV[3]

local clock, unseen
local function now()
  if not clock then clock, unseen = queue_time(state) end
  return clock
end

local function at(due)
  return due_time(due, now)
end

local lease = redis.call('HGET', leases, id)
local held = false
if token ~= '' then
  if not lease or string.sub(lease, 1, #token + 1) ~= token .. '|' then return {-1} end
else
  local scheduled = redis.call('ZSCORE', schedule, id)
  if owner(lease) and scheduled and micros(scheduled) > now() then
    return {-2, owner(lease), string.format('%.0f', micros(scheduled))}
  end
  if not scheduled then
    held = redis.call('ZSCORE', KEYS[4], id)
    if not held then return {0} end
  end
end

if action == 'expire' then
  if not held or micros(held) > tonumber(ARGV[4]) then return {0} end
  action = 'remove'
end
local values = redis.pcall('HMGET', message, 'meta', 'attempts', 'recorded', 'delivered', 'failed', 'asked')
local foreign = values.err
if foreign then
  if action ~= 'remove' and action ~= 'hold' then return {-6} end
  values = {false, false, false, false, false, false}
end
local meta, attempts, recorded = values[1], whole(values[2], 9) or 0, whole(values[3], 15) or 0
if not meta and action ~= 'remove' and action ~= 'hold' then return {0} end
-- Garnet's file ended in the middle of its end: only the index still names it, or its content was to be kept for a while. On hold it would stay for
-- ever; a claim takes it out.
if not meta and not foreign and action == 'hold' and token == '' then return {0} end
local job = ARGV[17]
if job ~= '' and redis.pcall('HGET', message, 'job') == job then return {0} end
if held and (action == 'retry' or action == 'hold') then return {-3} end
if action == 'unhold' and not held then return {0} end
-- The metadata starts with these members in this order.
local recipients, size = string.match(meta or '', '^{"v":%d+,"recipients":(%d+),"size":(%d+)')
recipients, size = whole(recipients, 9) or 0, whole(size, 15) or 0
local attempted, marks, record, note, fails = ARGV[5], ARGV[6], ARGV[7], ARGV[9], ARGV[12]
-- Damaged while it was in hand: nothing is added to it, but it is held.
if action == 'hold' and recipients == 0 then attempted, marks, record, note, fails = '0', '', '', '', '' end
for index in string.gmatch(marks, '[^,]+') do
  if tonumber(index) < 0 or tonumber(index) >= recipients then return {-4, recipients} end
end
local k, a = 11, 18
while a <= #ARGV do
  if ARGV[a + 2] ~= '0' and redis.pcall('HLEN', KEYS[k + 1]) ~= tonumber(ARGV[a + 2]) then return {-5} end
  k, a = k + 2, a + 6
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory, so that a full queue drains.
redis.call('HDEL', leases, '')
-- Only a new head changes when a sleeping consumer has to wake.
local wake, earliest = false, nil
local function put(due, member)
  if not earliest then
    local head = redis.call('ZRANGE', schedule, 0, 0, 'WITHSCORES')
    earliest = head[1] and micros(head[2]) or math.huge
  end
  if tonumber(due) < earliest then wake = true end
  redis.call('ZADD', schedule, due, member)
end

-- New messages before the old one goes: an append-only file that ends in between keeps the original, which bounces again.
local added = 0
k, a = 11, 18
while a <= #ARGV do
  put(at(ARGV[a + 1]), ARGV[a])
  if ARGV[a + 2] == '0' then
    redis.call('HSET', KEYS[k], 'meta', ARGV[a + 3], 'content', ARGV[a + 4])
  else
    -- In the order of write.lua.
    redis.call('HDEL', KEYS[#KEYS], ARGV[a])
    redis.call('ZREM', KEYS[#KEYS - 1], ARGV[a])
    redis.call('PERSIST', KEYS[k + 1])
    redis.call('HSET', KEYS[k], 'meta', ARGV[a + 3])
  end
  added = added + tonumber(ARGV[a + 5])
  k, a = k + 2, a + 6
end

-- The index comes last: if the file ends before, the index still finds the rest.
local reply, limits = {1, attempts}, history_limits(ARGV[13])
if action == 'remove' then
  attempts = attempts + tonumber(attempted)
  local entry = {id, 0}
  if limits and meta then
    local failed = both(indexes(values[5]), fails)
    local outcome = ARGV[14] ~= '' and ARGV[14] or failed == '' and 'delivered' or 'bounced'
    entry = ended(id, outcome == 'bounced' and ARGV[16] == '1' and size or 0, outcome, now(), attempts, indexes(values[4]), failed, ARGV[15],
      meta, attempt_lines(KEYS[8], recorded, record))
    for _, gone in ipairs(keep_history(KEYS[9], KEYS[10], state, limits, now(), {entry})) do reply[#reply + 1] = gone end
  end
  if entry[2] > 0 then
    -- Without metadata it is no message any more.
    redis.call('HDEL', message, 'meta', 'attempts', 'recorded', 'delivered', 'failed', 'since', 'state', 'bounce', 'bounce-by', 'route', 'asked',
      'job')
    redis.call('PEXPIRE', message, text(limits.age / 1000))
    redis.call('PEXPIRE', KEYS[7], text(limits.age / 1000))
    redis.call('UNLINK', KEYS[8])
  else
    redis.call('UNLINK', message, KEYS[7], KEYS[8])
  end
  if lease then redis.call('HDEL', leases, id) end
  if token == '' then
    redis.call('HDEL', KEYS[5], id)
    redis.call('ZREM', KEYS[4], id)
  end
  redis.call('ZREM', schedule, id)
  added = added - size - recorded
else
  if attempted ~= '0' then
    attempts = attempts + tonumber(attempted)
    redis.call('HSET', message, 'attempts', string.format('%.0f', attempts))
  end
  if marks ~= '' then
    local marked, seen = redis.call('HGET', message, 'delivered') or '', {}
    for index in string.gmatch(marked, '%d+') do seen[index] = true end
    for index in string.gmatch(marks, '%d+') do
      if not seen[index] then
        marked = marked == '' and index or marked .. ',' .. index
        seen[index] = true
      end
    end
    redis.call('HSET', message, 'delivered', marked)
  end
  if fails ~= '' then redis.call('HSET', message, 'failed', both(indexes(values[5]), fails)) end
  if note ~= '' then redis.call('HSET', message, 'state', note) end
  -- The last of an operator's orders counts.
  if action == 'route' then
    if ARGV[4] ~= '' then redis.call('HSET', message, 'route', ARGV[4]) else redis.call('HDEL', message, 'route') end
  end
  if action == 'bounce' then
    redis.call('HSET', message, 'bounce', ARGV[4], 'bounce-by', ARGV[15])
  elseif token == '' and action ~= 'keep' then
    redis.pcall('HDEL', message, 'bounce', 'bounce-by')
  end
  if record ~= '' then
    local records = redis.pcall('RPUSH', KEYS[8], record)
    if type(records) ~= 'number' then
      -- Another program's, and in the way.
      redis.call('UNLINK', KEYS[8])
      records = redis.call('RPUSH', KEYS[8], record)
    end
    local most, mostbytes = string.match(ARGV[8], '(%d+) (%d+)')
    local weight = recorded + #record
    while records > 1 and (records > tonumber(most) or weight > tonumber(mostbytes)) do
      weight, records = weight - #(redis.call('LPOP', KEYS[8]) or ''), records - 1
    end
    if records == 1 then weight = #record end
    redis.call('HSET', message, 'recorded', string.format('%.0f', weight))
    added = added + weight - recorded
  end
  if action == 'keep' then
    -- A counted attempt clears the strikes; the token, which comes first, stays.
    if lease and attempted ~= '0' then
      redis.call('HSET', leases, id, (string.gsub(lease, '^(%d+)|[^|]*|', '%1|0|')))
    end
  elseif action == 'join' then
    redis.call('HSET', leases, id, (string.gsub(lease, '(|%d+)%.?%d*%*|', '%1|', 1)))
  elseif action == 'hold' then
    redis.call('ZADD', KEYS[4], string.format('%.0f', now()), id)
    redis.call('HSET', KEYS[5], id, ARGV[4])
    if lease then redis.call('HDEL', leases, id) end
    redis.call('ZREM', schedule, id)
  else
    local due = at((action == 'bounce' or action == 'route') and '0' or ARGV[4])
    put(due, id)
    -- An operator wants a try then, whatever the last ones met; it is over with the next attempt.
    if token == '' then
      redis.call('HSET', message, 'asked', due)
    elseif action == 'retry' and values[6] then
      redis.call('HDEL', message, 'asked')
    end
    -- Its age counts from when it is first due, or from its release.
    if held or (token == '' and attempts == 0) then redis.call('HSET', message, 'since', due) end
    if held then
      redis.call('HDEL', KEYS[5], id)
      redis.call('ZREM', KEYS[4], id)
    end
    if lease then
      -- Giving a message back untouched clears no strikes; an operator's order to try again does.
      local strikes = string.match(lease, '^%d+|([%d%.]+)') or '0'
      if token ~= '' and attempted == '0' and strikes ~= '0' then
        redis.call('HSET', leases, id, '0|' .. strikes .. '|')
      else
        redis.call('HDEL', leases, id)
      end
    end
  end
end
if job ~= '' then
  if action ~= 'remove' then redis.pcall('HSET', message, 'job', job) end
  tally(state, 'job:' .. job, 1)
end
note_time(state, clock, unseen)
tally(state, 'bytes', added)
if wake then redis.pcall('PUBLISH', ARGV[10], ARGV[11]) end
reply[2] = attempts
return reply
