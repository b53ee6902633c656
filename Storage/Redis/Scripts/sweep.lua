-- Finds messages that never fall due: holds one whose time in the schedule is beyond any date, and gives one that a relay has, for longer than
-- any lease is, the end of a lease.
--
-- KEYS  1 schedule  2 leases  3 state  4 held  5 reasons
-- ARGV  1 lease in microseconds  2 reason  3 longest lease that there can be
-- Reply ids that are held now
local now = queue_time(KEYS[3])
local leases = redis.call('HGETALL', KEYS[2])
for i = 1, #leases, 2 do
  local till = owner(leases[i + 1]) and redis.call('ZSCORE', KEYS[1], leases[i])
  if till and micros(till) > now + 2 * ARGV[3] then redis.call('ZADD', KEYS[1], 'XX', text(now + ARGV[1]), leases[i]) end
end
local swept = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(LAST), '+inf', 'LIMIT', 0, 100)
for _, id in ipairs(swept) do
  redis.call('ZADD', KEYS[4], text(now), id)
  redis.call('HSET', KEYS[5], id, ARGV[2])
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[1], id)
end
return swept
