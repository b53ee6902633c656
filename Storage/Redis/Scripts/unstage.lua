-- Drops staged content that will not be written.
--
-- KEYS  1 staging  2 staged  3 content
-- ARGV  1 id
-- Reply 1 dropped; 0 it was not staged (any more)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('UNLINK', KEYS[3])
redis.call('HDEL', KEYS[2], ARGV[1])
-- The index last, as in stage.lua it comes first.
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
