-- Counts a partition's messages by state.
--
-- KEYS  1 schedule  2 leases  3 state  4 held
-- Reply {now, due, scheduled, leased, held, bytes, since when the oldest is due or '', since when the oldest is held or ''}
local now = text(queue_time(KEYS[3]))
local due = redis.call('ZCOUNT', KEYS[1], '-inf', now)
local leased = 0
-- Only live leases and those of dead relays stand here, not one entry a message.
local leases = redis.call('HGETALL', KEYS[2])
for i = 1, #leases, 2 do
  if owner(leases[i + 1]) then
    local till = redis.call('ZSCORE', KEYS[1], leases[i])
    if till and micros(till) > tonumber(now) then leased = leased + 1 end
  end
end
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local oldest = due > 0 and string.format('%.0f', micros(head[2])) or ''
local held = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
return {now, due, redis.call('ZCARD', KEYS[1]) - due - leased, leased, redis.call('ZCARD', KEYS[4]),
  whole(redis.call('HGET', KEYS[3], 'bytes'), 15) or 0, oldest, held[1] and string.format('%.0f', micros(held[2])) or ''}
