-- Finds what never falls due because its time in the schedule is beyond any date: holds it, or, where a relay has it, gives it the end
-- of a lease.
--
-- KEYS  1 schedule  2 leases  3 held  4 reasons
-- ARGV  1 lease in microseconds  2 reason
-- Reply ids that are held now
local far = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', LAST), '+inf', 'LIMIT', 0, 100)
if #far == 0 then return far end
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local swept = {}
for _, id in ipairs(far) do
  if owner(redis.call('HGET', KEYS[2], id)) then
    redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[1]), id)
  else
    redis.call('ZADD', KEYS[3], string.format('%.0f', now), id)
    redis.call('HSET', KEYS[4], id, ARGV[2])
    redis.call('HDEL', KEYS[2], id)
    redis.call('ZREM', KEYS[1], id)
    swept[#swept + 1] = id
  end
end
return swept
