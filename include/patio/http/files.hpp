// SPDX-License-Identifier: MIT
#pragma once

// Files in a directory, as a part of a site.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/http/handler.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

/// How files are shown. Each setter changes one thing and returns the object.
class PATIO_EXPORT files_options {
public:
    files_options() = default;

    /// What is shown of a directory; "index.html" by default. Empty: nothing, it is 404.
    files_options& index(std::string name) {
        index_ = std::move(name);
        return *this;
    }
    /// Sets Cache-Control: how long a client may use a file without asking again.
    /// **Fails** with usage_error if it is negative.
    files_options& cache_control(duration max_age);
    /// Sets Cache-Control as it is: "public, max-age=31536000, immutable".
    files_options& cache_control(std::string value) {
        cache_control_ = std::move(value);
        return *this;
    }
    /// Shows names that begin with a dot too: ".well-known", but also ".git" and ".env".
    files_options& hidden_files() noexcept {
        shows_hidden_ = true;
        return *this;
    }
    /// Follows symbolic links that lead out of the directory.
    files_options& links_may_leave() noexcept {
        links_may_leave_ = true;
        return *this;
    }
    /// Sends "a.js.br", "a.js.zst" or "a.js.gz" instead of "a.js" to who accepts it, if it is
    /// there. Nobody checks that it has the same content.
    files_options& precompressed() noexcept {
        is_precompressed_ = true;
        return *this;
    }

private:
    friend class files_handler;
    std::string index_ = "index.html";
    std::string cache_control_;
    bool shows_hidden_ = false;
    bool links_may_leave_ = false;
    bool is_precompressed_ = false;
};

/// Answers with the files of a directory and of those in it, read-only.
///
/// ```
/// site.mount("/static", http::files("public", http::files_options{}.cache_control(1h)));
/// ```
///
/// GET and HEAD; types by the extension, texts as UTF-8; `ETag` (size, time and inode) and
/// `Last-Modified`, and all conditions that a client may make with them; parts by `Range`, several
/// at once too. A directory is its index file, and without a slash at its end a redirection to the
/// path with one; its content is not listed.
///
/// Nothing outside of the directory is ever sent, whatever is in the path or in links: dots,
/// percent signs, zeros, backslashes and what the file system makes of them are 404, and the kernel
/// opens nothing outside (openat2(2)). Names that begin with a dot are not there.
///
/// The directory is looked up with each request, so it may be replaced by another one. A file that
/// shall change is replaced by `write_file(…, write_how::atomic)`: one that is written in place
/// is cut in the middle for who is reading it.
///
/// **Suspends** for a thread that opens the file, unless the kernel has its name in memory (Linux
/// 5.12). The kernel sends it, where server and connection allow that.
/// **Fails** with `patio::error` if a file cannot be opened although it is there and may be read.
/// **Source** RFC 9110 sections 13 to 15.
[[nodiscard]] PATIO_EXPORT std::unique_ptr<handler> files(std::string directory,
                                                          files_options options = {});

}  // namespace patio::http
