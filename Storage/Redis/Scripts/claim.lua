-- Leases messages that are due. A claimed message stays in the schedule with the end of its lease as its time: if its
-- consumer dies it falls due again by itself.
--
-- KEYS  1 schedule  2 leases  3 state  4 held  5 reasons
-- ARGV  1 most messages to claim  2 lease in microseconds  3 owner
-- Reply {now, time of the next message that was not claimed or '', then per message: id, token, time it fell due, hand-outs before
--       that ended without a counted attempt}
local schedule, leases = KEYS[1], KEYS[2]
local most = tonumber(ARGV[1])
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
-- By rank, and one more than asked for: that one tells when to come back.
local head = redis.call('ZRANGE', schedule, 0, most, 'WITHSCORES')
local reply = {string.format('%.0f', now), ''}
local ids, dues = {}, {}
for i = 1, #head, 2 do
  if #ids == most or tonumber(head[i + 1]) > now then
    reply[2] = string.format('%.0f', head[i + 1])
    break
  end
  ids[#ids + 1] = head[i]
  dues[#dues + 1] = string.format('%.0f', head[i + 1])
end
local n = #ids
if n == 0 then
  -- An append-only file of Garnet's that ended between a message and its count left that wrong: here it is known to be nothing.
  if #head == 0 and redis.call('ZCARD', KEYS[4]) == 0 and (redis.call('HGET', KEYS[3], 'bytes') or '0') ~= '0' then
    redis.call('HDEL', KEYS[3], 'bytes')
  end
  return reply
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory, so that a full queue drains.
redis.call('HDEL', leases, '')
-- In the schedule and on hold: the file ended in between, and nobody was told that it is one or the other.
if redis.call('ZCARD', KEYS[4]) > 0 then
  redis.call('HDEL', KEYS[5], unpack(ids))
  redis.call('ZREM', KEYS[4], unpack(ids))
end
local fence = redis.call('HINCRBY', KEYS[3], 'fence', n) - n
local before = redis.call('HMGET', leases, unpack(ids))
local till = string.format('%.0f', now + ARGV[2])
local scores, tokens = {}, {}
for i = 1, n do
  -- An entry that still names an owner was left behind by one that died.
  local strikes, owner = string.match(before[i] or '', '^%d+|(%d+)|(.*)$')
  strikes = tonumber(strikes or 0)
  if owner and owner ~= '' then strikes = strikes + 1 end
  local token = string.format('%.0f', fence + i)
  scores[2 * i - 1], scores[2 * i] = till, ids[i]
  tokens[2 * i - 1], tokens[2 * i] = ids[i], token .. '|' .. strikes .. '|' .. ARGV[3]
  local at = 4 * i
  reply[at - 1], reply[at], reply[at + 1], reply[at + 2] = ids[i], token, dues[i], strikes
end
redis.call('HSET', leases, unpack(tokens))
redis.call('ZADD', schedule, 'XX', unpack(scores))
return reply
