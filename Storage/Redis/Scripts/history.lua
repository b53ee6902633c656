-- Stands before the scripts that end messages: writes their history, and drops the oldest entries.
--
-- The index has -(time of the end) as score, so that the newest come first. A record is lines: a JSON head of ours, the message's
-- metadata, and its last attempt records. Nothing here fails: a message ends also where its history cannot be written.

-- MOST_GONE: about the most of the oldest that one step drops. AHEAD: how many more than must go, where there are too many. AGE_LOOK:
-- microseconds between looks at their age. MOST_ATTEMPTS: the most bytes of attempts in a record.
local MOST_GONE, AHEAD, AGE_LOOK = 384, 128, 60000000
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

-- An entry as keep_history takes it: an id, the content's bytes if it is to be kept, and the parts of the record, without its first members:
-- a record is long, and is put together once.
local function ended(id, content, outcome, at, attempts, delivered, failed, note, meta, lines)
  return {id, content, ',"outcome":"' .. outcome .. '","ended":' .. text(at) .. ',"attempts":' .. text(attempts)
    .. ',"delivered":"' .. delivered .. '","failed":"' .. failed .. '"' .. (note == '' and '' or ',"note":' .. note) .. '}\n', meta, lines}
end

local function length(entry)
  return #entry[3] + #entry[4] + #entry[5]
end

-- Drops the oldest until there is room for 'more' messages and 'weight' bytes, and a little beyond, so that not every step has to. They are read
-- from the end: by ranks from the front, Garnet steps over all that are before them. Returns the rest, and true if one step could not drop enough.
local function let_go(index, history, limits, now, count, bytes, more, weight, gone)
  local full = count + more > limits.most or bytes + weight > limits.bytes
  local most = limits.most - (full and math.min(AHEAD, math.floor(limits.most / 64)) or 0)
  local room = limits.bytes - (full and math.floor(limits.bytes / 64) or 0)
  local dropped = 0
  while count > 0 do
    if dropped >= MOST_GONE then return count, bytes, true end
    local page = dropped > 0 and 128 or math.min(math.max(count + more - most, 1), 128)
    local oldest, drop = redis.call('ZREVRANGE', index, 0, page - 1, 'WITHSCORES'), {}
    for i = 1, #oldest, 2 do
      if count - #drop + more <= most and bytes + weight <= room and -(tonumber(oldest[i + 1]) or 0) >= now - limits.age then break end
      local record = redis.call('HGET', history, oldest[i]) or ''
      local content = whole(string.match(record, '^{"v":1,"kept":(%d+)'), 15) or 0
      if content > 0 then gone[#gone + 1] = oldest[i] end
      bytes = math.max(bytes - #record - content, 0)
      drop[#drop + 1] = oldest[i]
    end
    if #drop == 0 then break end
    redis.call('HDEL', history, unpack(drop))
    redis.call('ZREM', index, unpack(drop))
    count, dropped = count - #drop, dropped + #drop
  end
  return count, bytes, false
end

-- Gives the ids of those that went and whose content was kept; each entry's content is 0 now if it cannot be kept. The state's field
-- has the bytes, the count and the time of the next look at the oldest one's age; readers leave out what is too old.
local function keep_history(index, history, state, limits, now, entries)
  local weight, gone, known = 0, {}, redis.pcall('HGET', state, 'history')
  local pause = math.min(AGE_LOOK, limits.age)
  for _, entry in ipairs(entries) do
    -- One message must not push out all others.
    if entry[2] > limits.bytes / 4 then entry[2] = 0 end
    weight = weight + length(entry) + entry[2] + 32
  end
  local bytes, count, look = string.match(type(known) == 'string' and known or '', '^(%d+) ?(%d*) ?(%d*)$')
  bytes, count, look = whole(bytes, 15) or 0, whole(count, 9), stored(look)
  if not count or count + #entries > limits.most or bytes + weight > limits.bytes or now >= look or look > now + pause then
    local counted, behind = redis.pcall('ZCARD', index), nil
    count = type(counted) == 'number' and counted or 0
    if count > 0 and type(redis.pcall('HLEN', history)) == 'number' then
      count, bytes, behind = let_go(index, history, limits, now, count, bytes, #entries, weight, gone)
    end
    if count == 0 then bytes = 0 end
    look = behind and now or now + pause
  end
  local scores, records, ids, added, score = {}, {}, {}, 0, '-' .. text(now)
  for i, entry in ipairs(entries) do
    if entry[2] > 0 and bytes + weight > limits.bytes then weight, entry[2] = weight - entry[2], 0 end
    local record = '{"v":1,"kept":' .. text(entry[2]) .. entry[3] .. entry[4] .. entry[5]
    scores[2 * i - 1], scores[2 * i] = score, entry[1]
    records[2 * i - 1], records[2 * i] = entry[1], record
    ids[i], added = entry[1], added + #record + entry[2]
  end
  -- Index first: an entry without a record goes with time, a record without an entry would stay.
  local kept = type(redis.pcall('ZADD', index, unpack(scores))) == 'number'
  if kept and type(redis.pcall('HSET', history, unpack(records))) ~= 'number' then
    redis.call('ZREM', index, unpack(ids))
    kept = false
  end
  if kept then
    redis.pcall('HSET', state, 'history', text(bytes + added) .. ' ' .. text(count + #entries) .. ' ' .. text(look))
  else
    for _, entry in ipairs(entries) do entry[2] = 0 end
  end
  return gone
end
