// SPDX-License-Identifier: MIT
#pragma once

// What an HTML form with files sends.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/body.hpp>
#include <patio/http/content.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace patio::http {

namespace detail {
class multipart_body;
}

/// Fields and files as a body of multipart/form-data. Files are read while they are sent.
///
/// ```
/// http::multipart upload;
/// upload.field("title", "A day in June");
/// co_await upload.file("picture", "/home/x/june.jpg", "image/jpeg");
/// co_await client.post(url, std::move(upload));
/// ```
///
/// The length is known, and sent, if that of each part is. A request with it can be repeated if all
/// of its parts can, such as files.
///
/// **Fails** what adds: with `errc::malformed` if a name or a media type has a control character.
/// **Source** RFC 7578; the HTML standard's "multipart/form-data encoding algorithm".
class PATIO_EXPORT multipart {
public:
    multipart();
    multipart(multipart&& other) noexcept;
    multipart& operator=(multipart&& other) noexcept;
    ~multipart();

    multipart& field(std::string_view name, std::string_view value);
    /// A part that a server takes for a file, whatever its bytes come from. Without a media type it
    /// is application/octet-stream.
    multipart& part(std::string_view name, std::string_view filename, body bytes,
                    std::string_view media_type = {});
    /// A file under its own name. **Borrows** this object until it returns. **Fails** also as
    /// `body::from_file` does.
    async<> file(std::string name, std::string path, std::string media_type = {});

    /// Moves all of it into a body; nothing can be added any more.
    operator content() &&;  // NOLINT: `post(url, std::move(upload))` is the point

private:
    std::unique_ptr<detail::multipart_body> body_;
};

}  // namespace patio::http
