// SPDX-License-Identifier: MIT
#pragma once

// What a file is by its name.

#include <string_view>

namespace patio::http::detail {

/// The Content-Type for a file's name, with a charset where it is text: texts are taken for UTF-8.
/// "application/octet-stream" if the extension is unknown.
[[nodiscard]] std::string_view content_type_of(std::string_view file_name) noexcept;

}  // namespace patio::http::detail
