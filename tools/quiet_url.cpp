#include "tools/quiet_url.hpp"

#include <string_view>

namespace eventail::tools {

std::string with_one_channel(const std::string& url) {
    constexpr std::string_view name = "channel_max=";
    const std::size_t question = url.find('?');
    if (question == std::string::npos) return url + "?channel_max=1";
    std::string result = url.substr(0, question);
    std::string_view rest = std::string_view(url).substr(question + 1);
    char separator = '?';
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view parameter = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (parameter.empty() || parameter.starts_with(name)) continue;
        result += separator;
        result += parameter;
        separator = '&';
    }
    return result + separator + "channel_max=1";
}

}  // namespace eventail::tools
