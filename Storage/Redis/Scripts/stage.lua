-- Takes one chunk of a message whose content is still arriving.
--
-- KEYS  1 state  2 staging  3 staged  4 content
-- ARGV  1 id  2 chunk number, from 0  3 chunk  4 lifetime in ms  5 most bytes (0: any)
-- Reply {code, ids that others staged and left behind ...}; the code is 1 taken; -2 full; -3 earlier chunks have expired
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local reply = {1}
local stale = redis.call('ZRANGE', KEYS[2], 0, 15, 'WITHSCORES')
for i = 1, #stale, 2 do
  if micros(stale[i + 1]) > now then break end
  reply[#reply + 1] = stale[i]
end
local most, length = tonumber(ARGV[5]), string.len(ARGV[3])
if redis.call('HLEN', KEYS[4]) ~= tonumber(ARGV[2]) then
  reply[1] = -3
  return reply
end
if most > 0 then
  local used = (whole(redis.call('HGET', KEYS[1], 'bytes'), 15) or 0) + length
  for _, bytes in ipairs(redis.call('HVALS', KEYS[3])) do used = used + (whole(bytes, 15) or 0) end
  if used > most then
    reply[1] = -2
    return reply
  end
end
-- The index first: wherever Garnet's append-only file ends, unstage.lua finds it.
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4] * 1000), ARGV[1])
tally(KEYS[3], ARGV[1], length)
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
return reply
