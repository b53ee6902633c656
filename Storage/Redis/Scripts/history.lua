-- Stands before the scripts that end messages: writes what became of them, and lets the oldest go.
--
-- The index has -(time of the end) as score, so that the newest come first. A record is lines: a JSON head of ours, the message's
-- metadata, and its last attempt records. Nothing here fails: a message ends also where its history cannot be written.

-- In a step no more than so many of the oldest go, and a record has so many bytes of attempts.
local MOST_GONE = 2000
local MOST_ATTEMPTS = 65536

-- 'most age bytes', in messages, microseconds and bytes; nil where nothing is kept.
local function history_limits(limits)
  local most, age, bytes = string.match(limits, '^(%d+) (%d+) (%d+)$')
  return most and {most = tonumber(most), age = tonumber(age), bytes = tonumber(bytes)}
end

-- Recipient indexes as a message's hash has them; nothing where they are damaged.
local function indexes(list)
  return list and string.match(list, '^[%d,]*$') or ''
end

local function both(first, second)
  return first == '' and second or second == '' and first or first .. ',' .. second
end

-- Attempt records that were kept with the message, and the last one, which is not.
local function attempt_lines(key, recorded, last)
  local all = recorded > 0 and redis.pcall('LRANGE', key, 0, -1) or {}
  if all.err then all = {} end
  if last ~= '' then all[#all + 1] = last end
  local first, bytes = #all + 1, 0
  while first > 1 and (first == #all + 1 or bytes + #all[first - 1] <= MOST_ATTEMPTS) do
    first = first - 1
    bytes = bytes + #all[first]
  end
  return #all == 0 and '' or '\n' .. table.concat(all, '\n', first)
end

-- What keep_history takes: an id, the content's bytes if it is to be kept, and the record without its first members.
local function ended(id, content, outcome, at, attempts, delivered, failed, note, meta, lines)
  return {id, content, ',"outcome":"' .. outcome .. '","ended":' .. text(at) .. ',"attempts":' .. text(attempts)
    .. ',"delivered":"' .. delivered .. '","failed":"' .. failed .. '"' .. (note == '' and '' or ',"note":' .. note) .. '}\n' .. meta .. lines}
end

-- Gives the ids of those that went and whose content was kept; each entry's content is 0 now if it cannot be kept.
local function keep_history(index, history, state, limits, now, entries)
  local count, weight = redis.pcall('ZCARD', index), 0
  if type(count) ~= 'number' or type(redis.pcall('HLEN', history)) ~= 'number' then
    for _, entry in ipairs(entries) do entry[2] = 0 end
    return {}
  end
  for _, entry in ipairs(entries) do
    -- One message must not push out all others.
    if entry[2] > limits.bytes / 4 then entry[2] = 0 end
    weight = weight + #entry[3] + entry[2] + 32
  end
  local known = count > 0 and redis.pcall('HGET', state, 'history')
  local bytes = type(known) == 'string' and whole(known, 15) or 0
  local gone, dropped = {}, 0
  while count > 0 and dropped < MOST_GONE do
    local page = dropped == 0 and math.max(math.min(count + #entries - limits.most, 100), 0) + 1 or 100
    local oldest, drop = redis.call('ZRANGE', index, -page, -1, 'WITHSCORES'), {}
    for i = #oldest - 1, 1, -2 do
      if count + #entries <= limits.most and bytes + weight <= limits.bytes and -(tonumber(oldest[i + 1]) or 0) >= now - limits.age then break end
      local record = redis.call('HGET', history, oldest[i]) or ''
      local content = whole(string.match(record, '^{"v":1,"kept":(%d+)'), 15) or 0
      if content > 0 then gone[#gone + 1] = oldest[i] end
      bytes, count = math.max(bytes - #record - content, 0), count - 1
      drop[#drop + 1] = oldest[i]
    end
    if #drop > 0 then
      redis.call('HDEL', history, unpack(drop))
      redis.call('ZREM', index, unpack(drop))
    end
    dropped = dropped + #drop
    if #drop < #oldest / 2 then break end
  end
  local scores, records = {}, {}
  for i, entry in ipairs(entries) do
    if entry[2] > 0 and bytes + weight > limits.bytes then weight, entry[2] = weight - entry[2], 0 end
    local record = '{"v":1,"kept":' .. text(entry[2]) .. entry[3]
    scores[2 * i - 1], scores[2 * i] = '-' .. text(now), entry[1]
    records[2 * i - 1], records[2 * i] = entry[1], record
    bytes = bytes + #record + entry[2]
  end
  -- Index first: an entry without a record goes with time, a record without an entry would stay.
  redis.call('ZADD', index, unpack(scores))
  redis.call('HSET', history, unpack(records))
  redis.pcall('HSET', state, 'history', text(bytes))
  return gone
end
