-- Makes messages due now that wait for the end of a pause, some at a time. A message that is held, gone, or was put off further by other means
-- is left as it is. A leased one stays noted: its holder may have noted it and not put it off yet, and looks again when it has.
--
-- KEYS  1 schedule  2 leases  3 state  4 parked
-- ARGV  1 wake channel  2 partition  3 how many to look at  4 microseconds from now up to which a pause puts off  5 how many to pass over
-- Reply {how many were looked at, how many of them stay noted}
local schedule, leases, state, parked = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local first = tonumber(ARGV[5])
local ids = redis.call('ZRANGE', parked, first, first + tonumber(ARGV[3]) - 1)
if #ids == 0 then return {0, 0} end
local now, unseen = queue_time(state)
-- A write that needs no memory comes first: Redis then lets the script go on when out of memory.
redis.call('HDEL', leases, '')
local due, done = {}, {}
for _, id in ipairs(ids) do
  local at = redis.call('ZSCORE', schedule, id)
  at = at and micros(at)
  if not (at and at > now and owner(redis.call('HGET', leases, id))) then
    done[#done + 1] = id
    if at and at > now and at <= now + tonumber(ARGV[4]) then due[#due + 1], due[#due + 2] = string.format('%.0f', now), id end
  end
end
if #due > 0 then
  redis.call('ZADD', schedule, 'XX', unpack(due))
  note_time(state, now, unseen)
  redis.pcall('PUBLISH', ARGV[1], ARGV[2])
end
if #done > 0 then redis.call('ZREM', parked, unpack(done)) end
return {#ids, #ids - #done}
