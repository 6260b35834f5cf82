// SPDX-License-Identifier: MIT
#pragma once

// One page, from the first request to the last byte on the disk.

#include "options.hpp"
#include "page_result.hpp"
#include "progress.hpp"

#include <patio/core/async.hpp>
#include <patio/http/client.hpp>

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fetch {

/// The disk does not take what comes. It would not take the next page either: this ends the run.
class disk_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a redirect leads to.
enum class verdict : std::uint8_t {
    go_on,
    known,    ///< a page that is fetched by itself: this one is nothing but the redirect
    refused,  ///< a page that shall not be fetched
};

/// What a visit asks of the run that it belongs to.
class visit_host {
public:
    virtual ~visit_host() = default;
    [[nodiscard]] virtual patio::async<verdict> judge(patio::http::url target) = 0;
    /// Where a page is written until all of it is there.
    [[nodiscard]] virtual std::string part_path() = 0;
    /// Where it belongs, in the directory of results.
    [[nodiscard]] virtual std::string name_for(const patio::http::url& page,
                                               std::string_view type) = 0;
    /// Whether links are wanted.
    [[nodiscard]] virtual bool wants_links() const noexcept = 0;
};

/// A page that has been fetched, or has failed.
struct visited {
    page_result result;
    /// The text, if it is HTML and links are wanted.
    std::string html;
    /// Whether it may go well next time, and how long the server wants to be left alone before.
    bool may_be_repeated = false;
    patio::duration pause;
};

/// Fetches a page with all redirects and retries, into a file.
///
/// **Fails** with disk_failure only. **Cancel** the file is gone.
/// **Borrows** everything but the URL.
[[nodiscard]] patio::async<visited> fetch_page(std::string url, const options& how,
                                               patio::http::client& asks, visit_host& host,
                                               progress& shown);

/// What a failure is called, in a word and in a sentence. **Fails** with the failure itself if it
/// is a disk_failure.
[[nodiscard]] visited failed_visit(std::exception_ptr failure, patio::duration timeout);

}  // namespace fetch
