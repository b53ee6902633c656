-- Drops a partition's count of what a job has changed, once the job has noted it.
--
-- KEYS  1 state
-- ARGV  1 the job's id
-- Reply 1
redis.call('HDEL', KEYS[1], 'job:' .. ARGV[1])
return 1
