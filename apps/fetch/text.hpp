// SPDX-License-Identifier: MIT
#pragma once

// Numbers as people read them, and as they write them.

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

/// "812 B", "1.2 kB", "34 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t count);
/// "0.12 s", "12.3 s", "2 min 5 s".
[[nodiscard]] std::string seconds_text(patio::duration length);
/// "1 page", "2 pages".
[[nodiscard]] std::string count_text(std::size_t count, std::string_view one,
                                     std::string_view more);

/// "0.5", "0.5s", "200ms", "2m", "1h"; empty if it is none of these.
[[nodiscard]] std::optional<patio::duration> read_duration(std::string_view text);

/// How many columns a terminal needs for it: one for each character of UTF-8. (Wide ones do not
/// come in what is printed here: URLs have none.)
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// The text in exactly so many columns: with blanks behind it, or its middle left out.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns);
/// With small letters, as far as they are of ASCII.
[[nodiscard]] std::string lowered(std::string_view text);
/// What strangers have said, without characters that would speak to the terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace fetch
