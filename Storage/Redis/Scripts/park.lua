-- Notes that a message waits for the end of pauses. The note ends by itself: while the pause stands it is written again at each turn, and
-- a relay that died may have written it after the end.
--
-- KEYS  a parked key for each of them
-- ARGV  1 id  2 for how many ms the notes stay
-- Reply 1
local t = redis.call('TIME')
for _, parked in ipairs(KEYS) do
  redis.call('ZADD', parked, t[1], ARGV[1])
  redis.call('PEXPIRE', parked, ARGV[2])
end
return 1
