// SPDX-License-Identifier: MIT
#pragma once

// Under which names pages are kept.

#include <patio/http/url.hpp>

#include <string>
#include <string_view>
#include <unordered_set>

namespace fetch {

/// Gives each page a file of its own: "pages/example.org/docs_guide.html" for
/// http://example.org/docs/guide.
///
/// A name is the host, a slash, and the path made harmless: letters, digits, `-`, `.` and `_`, of
/// which none begins with a dot. So none leads out of the directory, whatever the server says, and
/// all can be typed. Its end says what is in the file. A name that is taken, also in other letters
/// (there are file systems for which these are the same), gets a number.
class file_names {
public:
    /// `media_type` is what the server says: "text/html; charset=utf-8".
    [[nodiscard]] std::string give(const patio::http::url& page, std::string_view media_type);
    /// Somebody has it already.
    void take(std::string_view name);

private:
    std::unordered_set<std::string> taken_;  // in small letters
};

/// "text/html" for "Text/HTML; charset=utf-8".
[[nodiscard]] std::string bare_media_type(std::string_view field);

}  // namespace fetch
