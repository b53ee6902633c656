-- Makes due now what waits for the end of a pause, some at a time. What is leased, held, gone, or was put off further by other means is
-- left as it is.
--
-- KEYS  1 schedule  2 leases  3 state  4 parked
-- ARGV  1 wake channel  2 partition  3 how many to look at  4 microseconds from now up to which a pause puts off
-- Reply how many are left
local schedule, leases, state, parked = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ids = redis.call('ZRANGE', parked, 0, tonumber(ARGV[3]) - 1)
if #ids == 0 then return 0 end
local now, unseen = queue_time(state)
-- A write that needs no memory comes first: Redis then lets the script go on when out of memory.
redis.call('HDEL', leases, '')
local due = {}
for _, id in ipairs(ids) do
  local at = redis.call('ZSCORE', schedule, id)
  at = at and micros(at)
  if at and at > now and at <= now + tonumber(ARGV[4]) and not owner(redis.call('HGET', leases, id)) then
    due[#due + 1], due[#due + 2] = string.format('%.0f', now), id
  end
end
if #due > 0 then
  redis.call('ZADD', schedule, 'XX', unpack(due))
  note_time(state, now, unseen)
  redis.pcall('PUBLISH', ARGV[1], ARGV[2])
end
redis.call('ZREM', parked, unpack(ids))
return redis.call('ZCARD', parked)
