// The command line of the benchmark programs: `--name value` pairs, with a default for each.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::bench {

class Arguments {
public:
    /// Throws std::invalid_argument unless all arguments are pairs.
    Arguments(int count, char** values) {
        for (int i = 0; i < count; i += 2) {
            const std::string_view name = values[i];
            if (!name.starts_with("--") || i + 1 == count) {
                throw std::invalid_argument("expected --name value, not " + std::string(name));
            }
            values_.insert_or_assign(std::string(name.substr(2)), values[i + 1]);
        }
    }

    std::string text(std::string_view name, std::string_view fallback) const {
        const auto found = values_.find(name);
        return found == values_.end() ? std::string(fallback) : found->second;
    }
    std::uint64_t number(std::string_view name, std::uint64_t fallback) const {
        const auto found = values_.find(name);
        return found == values_.end() ? fallback : std::stoull(found->second);
    }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace eventail::bench
