-- Drops staged content that will not be written.
--
-- KEYS  1 state  2 staging  3 staged  4 content
-- ARGV  1 id
-- Reply 1 dropped; 0 it was not staged (any more)
local bytes = redis.call('HGET', KEYS[3], ARGV[1])
if not bytes then return 0 end
redis.call('UNLINK', KEYS[4])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'staged', -tonumber(bytes))
return 1
