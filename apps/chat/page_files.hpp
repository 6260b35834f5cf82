// SPDX-License-Identifier: MIT
#pragma once

// The page, as it was when the program was built.

#include <string_view>
#include <vector>

namespace chat {

struct page_file {
    std::string_view name;
    std::string_view content;
};

[[nodiscard]] const std::vector<page_file>& page_files();

}  // namespace chat
