-- Makes waiting messages due now; those under a lease are left alone.
--
-- KEYS  1 schedule  2 leases
-- ARGV  1 wake channel  2 partition, then ids
-- Reply how many were brought forward
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local hastened = 0
for i = 3, #ARGV do
  local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
  local lease = redis.call('HGET', KEYS[2], ARGV[i])
  if due and micros(due) > now and not owner(lease) then
    redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now), ARGV[i])
    hastened = hastened + 1
  end
end
if hastened > 0 then redis.pcall('PUBLISH', ARGV[1], ARGV[2]) end
return hastened
