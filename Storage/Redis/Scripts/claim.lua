-- Leases messages that are due. A claimed message stays in the schedule with the end of its lease as its time: if its
-- consumer dies it falls due again by itself.
--
-- KEYS  1 schedule  2 leases  3 state  4 held  5 reasons
-- ARGV  1 most messages to claim  2 lease in microseconds  3 owner
-- Reply {now, time of the next message that was not claimed or '', then per message: id, token, time it fell due, hand-outs before
--       that ended without a counted attempt}; with the token '': it was no id of a message, and was removed
local schedule, leases = KEYS[1], KEYS[2]
local most = tonumber(ARGV[1])
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
-- By rank, and one more than asked for: that one tells when to come back.
local head = redis.call('ZRANGE', schedule, 0, most, 'WITHSCORES')
local reply = {string.format('%.0f', now), ''}
local ids, dues, strays = {}, {}, {}
for i = 1, #head, 2 do
  local due = micros(head[i + 1])
  if #ids == most or due > now then
    reply[2] = string.format('%.0f', due)
    break
  end
  if #head[i] <= 64 and string.find(head[i], '^%d+%-[0-9a-z]+$') then
    ids[#ids + 1] = head[i]
    dues[#dues + 1] = string.format('%.0f', due)
  else
    strays[#strays + 1] = head[i]
  end
end
local n = #ids
if n == 0 and #strays == 0 then
  -- An append-only file of Garnet's that ended between a message and its count left that wrong: here it is known to be nothing.
  if #head == 0 and redis.call('ZCARD', KEYS[4]) == 0 and (redis.call('HGET', KEYS[3], 'bytes') or '0') ~= '0' then
    redis.call('HDEL', KEYS[3], 'bytes')
  end
  return reply
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory, so that a full queue drains.
redis.call('HDEL', leases, '')
if #strays > 0 then
  redis.call('ZREM', schedule, unpack(strays))
  -- Others may wait behind them.
  if reply[2] == '' then reply[2] = reply[1] end
  for i, stray in ipairs(strays) do
    local at = 4 * (n + i)
    reply[at - 1], reply[at], reply[at + 1], reply[at + 2] = stray, '', reply[1], 0
  end
end
if n == 0 then return reply end
-- In the schedule and on hold: the file ended in between, and nobody was told that it is one or the other.
if redis.call('ZCARD', KEYS[4]) > 0 then
  redis.call('HDEL', KEYS[5], unpack(ids))
  redis.call('ZREM', KEYS[4], unpack(ids))
end
local fence = redis.pcall('HINCRBY', KEYS[3], 'fence', n)
if type(fence) ~= 'number' or fence < n or fence > LAST then
  -- Damaged: the clock is ahead of all tokens that were ever given out.
  fence = now + n
  redis.call('HSET', KEYS[3], 'fence', string.format('%.0f', fence))
end
fence = fence - n
local before = redis.call('HMGET', leases, unpack(ids))
local till = string.format('%.0f', now + ARGV[2])
local scores, tokens = {}, {}
for i = 1, n do
  -- An entry that still names an owner was left behind by one that died.
  local strikes = whole(string.match(before[i] or '', '^%d+|(%d+)|'), 6) or 0
  if owner(before[i]) then strikes = strikes + 1 end
  local token = string.format('%.0f', fence + i)
  scores[2 * i - 1], scores[2 * i] = till, ids[i]
  tokens[2 * i - 1], tokens[2 * i] = ids[i], token .. '|' .. strikes .. '|' .. ARGV[3]
  local at = 4 * i
  reply[at - 1], reply[at], reply[at + 1], reply[at + 2] = ids[i], token, dues[i], strikes
end
redis.call('HSET', leases, unpack(tokens))
redis.call('ZADD', schedule, 'XX', unpack(scores))
return reply
