-- Notes that a message waits for the end of pauses.
--
-- KEYS  a parked key for each of them
-- ARGV  1 id
-- Reply 1
local t = redis.call('TIME')
for _, parked in ipairs(KEYS) do redis.call('ZADD', parked, t[1], ARGV[1]) end
return 1
