-- Makes waiting messages due now and forgets their strikes; those under a lease are left alone.
--
-- KEYS  1 schedule  2 leases  3 state, then per id: message
-- ARGV  1 wake channel  2 partition, then ids
-- Reply how many were brought forward
local now, unseen = queue_time(KEYS[3])
local hastened = 0
for i = 3, #ARGV do
  local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
  local lease = redis.call('HGET', KEYS[2], ARGV[i])
  local holds = owner(lease)
  if lease and due and (not holds or micros(due) <= now) then redis.call('HDEL', KEYS[2], ARGV[i]) end
  if due and micros(due) > now and not holds then
    redis.call('ZADD', KEYS[1], 'XX', text(now), ARGV[i])
    -- As settle.lua does; the key of another program is left as it is.
    redis.pcall('HSET', KEYS[i + 1], 'asked', text(now))
    hastened = hastened + 1
  end
end
if hastened > 0 then
  note_time(KEYS[3], now, unseen)
  redis.pcall('PUBLISH', ARGV[1], ARGV[2])
end
return hastened
