#include "store/scripts.hpp"

namespace eventail::store {

const Script set_all = {
    R"lua(for i, key in ipairs(KEYS) do
    redis.call('SETEX', key, ARGV[1], ARGV[i + 1])
end
return redis.status_reply('OK')
)lua",
    "d87f116a56c4c282d68692d0c8a2aa06c2d61027"};

const Script take_all = {
    R"lua(local largest = tonumber(ARGV[1])
local values = {}
for i, key in ipairs(KEYS) do
    if redis.call('STRLEN', key) > largest then return i end
    local value = redis.call('GET', key)
    if not value then return false end
    values[i] = value
end
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
return values
)lua",
    "d19102739d2698d4f236460318a2bb58bcb99c3d"};

const Script read_or_lock = {
    R"lua(local value = redis.call('GET', KEYS[1])
if value then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return redis.status_reply('LOCKED')
end
return redis.call('PTTL', KEYS[2])
)lua",
    "198c497fd336e47521957260535dead15c1e7a2c"};

const Script store_and_unlock = {
    R"lua(if redis.call('GET', KEYS[2]) ~= ARGV[1] then return false end
local value = redis.call('GET', KEYS[1])
if not value then redis.call('SETEX', KEYS[1], ARGV[2], ARGV[3]) end
redis.call('DEL', KEYS[2])
return value or redis.status_reply('STORED')
)lua",
    "91a25046c0472f544024ec99d9b0e99c5631f1f2"};

const Script unlock = {
    R"lua(if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return redis.status_reply('OK')
)lua",
    "496f69fcdebd25a929d56617acca1cf68a7e59f1"};

}  // namespace eventail::store
