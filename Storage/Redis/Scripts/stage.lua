-- Takes one chunk of a message whose content is still arriving, and drops what others staged and left behind.
--
-- KEYS  1 state  2 staging  3 staged  4 content
-- ARGV  1 id  2 chunk number, from 0  3 chunk  4 lifetime in ms  5 most bytes (0: any)
-- Reply 1 taken; -2 full; -3 earlier chunks have expired
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local stale = redis.call('ZRANGE', KEYS[2], 0, 15, 'WITHSCORES')
for i = 1, #stale, 2 do
  if tonumber(stale[i + 1]) > now then break end
  local bytes = redis.call('HGET', KEYS[3], stale[i]) or 0
  redis.call('HINCRBY', KEYS[1], 'staged', -tonumber(bytes))
  redis.call('HDEL', KEYS[3], stale[i])
  redis.call('ZREM', KEYS[2], stale[i])
end
if redis.call('HLEN', KEYS[4]) ~= tonumber(ARGV[2]) then return -3 end
local most, length = tonumber(ARGV[5]), string.len(ARGV[3])
if most > 0 then
  local used = redis.call('HMGET', KEYS[1], 'bytes', 'staged')
  if tonumber(used[1] or 0) + tonumber(used[2] or 0) + length > most then return -2 end
end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4] * 1000), ARGV[1])
redis.call('HINCRBY', KEYS[3], ARGV[1], length)
redis.call('HINCRBY', KEYS[1], 'staged', length)
return 1
