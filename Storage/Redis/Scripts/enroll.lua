-- Records that a process writes to this many partitions; every consumer walks over the most that any ever wrote to.
--
-- KEYS  1 state of partition 0
-- ARGV  1 partitions  2 format version
-- Reply {most partitions, format version of the queue}
local known = tonumber(redis.call('HGET', KEYS[1], 'partitions') or 0)
local version = redis.call('HGET', KEYS[1], 'version')
if not version then
  redis.call('HSET', KEYS[1], 'version', ARGV[2])
  version = ARGV[2]
end
if tonumber(ARGV[1]) > known then
  redis.call('HSET', KEYS[1], 'partitions', ARGV[1])
  known = tonumber(ARGV[1])
end
return {known, tonumber(version)}
