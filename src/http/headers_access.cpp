// SPDX-License-Identifier: MIT

#include "headers_access.hpp"

#include <algorithm>
#include <limits>

namespace patio::http::detail {

void headers_access::assign(headers& to, wire::http::fields from) {
    to.clear();
    if (from.empty()) return;
    if (note_places(to, from)) {
        const char* first = from.front().name.data();
        const char* end = from.back().value.data() + from.back().value.size() + 2;
        to.make_room(static_cast<std::size_t>(end - first));
        to.lines_.assign(first, end);
        return;
    }
    to.clear();
    for (const wire::http::field& each : from)
        (void)to.try_add(each.name, each.value);
}

bool headers_access::note_places(headers& to, wire::http::fields from) {
    to.places_.reserve(std::max(from.size(), headers::first_fields));
    const char* first = from.front().name.data();
    const char* line = first;
    for (const auto& [name, value] : from) {
        // "name: value\r\n", and the next one right behind it
        if (name.data() != line || value.data() != line + name.size() + 2 ||
            line[name.size() + 1] != ' ')
            return false;
        const auto begin = static_cast<std::size_t>(line - first);
        line = value.data() + value.size() + 2;
        if (static_cast<std::size_t>(line - first) >= headers::bytes_end) return false;
        to.places_.push_back(
            {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name.size())});
    }
    return true;
}

}  // namespace patio::http::detail
