-- Keeps what a relay says of itself for a while, and forgets the names of those that have said nothing for as long.
--
-- KEYS  1 relays  2 the relay's own
-- ARGV  1 its name  2 its state as JSON  3 for how many ms
-- Reply 1
local now, lifetime = tonumber(redis.call('TIME')[1]), tonumber(ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[1])
local names = redis.call('ZRANGE', KEYS[1], 0, 9, 'WITHSCORES')
for i = 1, #names, 2 do
  if tonumber(names[i + 1]) + lifetime / 1000 + 1 < now then redis.call('ZREM', KEYS[1], names[i]) end
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lifetime + 1000))
return 1
