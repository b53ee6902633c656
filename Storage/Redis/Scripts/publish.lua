-- Keeps a relay's state for a while, and forgets the names of relays that have published nothing for as long.
--
-- KEYS  1 relays, each with the second in which what it said ends  2 the relay's own
-- ARGV  1 its name  2 its state as JSON  3 for how many ms
-- Reply 1
local now = tonumber(redis.call('TIME')[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], string.format('%.0f', now + math.ceil(ARGV[3] / 1000)), ARGV[1])
local names = redis.call('ZRANGE', KEYS[1], 0, 9, 'WITHSCORES')
for i = 1, #names, 2 do
  if micros(names[i + 1]) + 1 < now then redis.call('ZREM', KEYS[1], names[i]) end
end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', (micros(last[2]) - now + 1) * 1000))
return 1
