-- Records that a process writes to this many partitions; every consumer walks over the most that any ever wrote to.
--
-- KEYS  1 state of partition 0
-- ARGV  1 partitions  2 format version  3 most partitions that there can be  4 wake channel
-- Reply {most partitions, format version of the queue, 1 if the number of partitions was damaged and is this caller's}
local noted = redis.call('HGET', KEYS[1], 'partitions')
local known = whole(noted, 3) or 0
local damaged = noted and (known < 1 or known > tonumber(ARGV[3]))
if damaged then known = 0 end
-- Every version writes a number, so that anything else is damage and no newer version.
local version = whole(redis.call('HGET', KEYS[1], 'version'), 9)
if not version then
  redis.call('HSET', KEYS[1], 'version', ARGV[2])
  version = tonumber(ARGV[2])
end
if tonumber(ARGV[1]) > known then
  redis.call('HSET', KEYS[1], 'partitions', ARGV[1])
  known = tonumber(ARGV[1])
  -- Consumers ask partition 0 then, which tells them.
  redis.pcall('PUBLISH', ARGV[4], 0)
end
return {known, version, damaged and 1 or 0}
