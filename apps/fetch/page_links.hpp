// SPDX-License-Identifier: MIT
#pragma once

// The links in an HTML page.

#include <patio/http/url.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fetch {

/// Elements may be nested this deep; a page with more has no links. The parser frees its tree
/// recursively, and a hostile page must not end the program that way.
inline constexpr std::size_t nesting_max = 4000;
/// So many blanks may be in a tag, which bounds its attributes: the parser compares each of them
/// with all others.
inline constexpr std::size_t attributes_max = 20'000;

/// The pages that this one leads to, in their order and each once: the `href` of `a` and `area`,
/// resolved against the page or its `base`.
///
/// What says `rel="nofollow"` is left out, and so is everything if the page says so
/// (`<meta name="robots" content="nofollow">`). Pictures, styles and scripts are parts of a page
/// and no pages.
///
/// **Cost** a tree of the page: some milliseconds for each megabyte. Call it on a thread.
[[nodiscard]] std::vector<std::string> page_links(std::string_view html,
                                                  const patio::http::url& page);

}  // namespace fetch
