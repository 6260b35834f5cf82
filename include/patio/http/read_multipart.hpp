// SPDX-License-Identifier: MIT
#pragma once

// Forms with files, as they come.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/body.hpp>
#include <patio/http/headers.hpp>
#include <patio/http/request.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

namespace detail {
struct multipart_state;
}

/// How much a form may have. Each setter changes one thing and returns the object.
class PATIO_EXPORT multipart_options {
public:
    multipart_options() noexcept = default;

    /// Of the whole body. 64 MiB by default.
    multipart_options& bytes_max(std::uint64_t count) noexcept {
        bytes_max_ = count;
        return *this;
    }
    /// 1000 by default.
    multipart_options& parts_max(std::size_t count) noexcept {
        parts_max_ = count;
        return *this;
    }
    /// Of one part. 8 KiB by default.
    multipart_options& part_header_bytes_max(std::size_t count) noexcept {
        part_header_bytes_max_ = count;
        return *this;
    }

private:
    friend struct detail::multipart_state;
    std::uint64_t bytes_max_ = std::uint64_t{64} << 20;
    std::size_t parts_max_ = 1000;
    std::size_t part_header_bytes_max_ = std::size_t{8} << 10;
};

/// A field or a file of a form. Its body comes while it is read, and can be read until the form
/// goes on to the next part.
class PATIO_EXPORT multipart_part {
public:
    multipart_part(multipart_part&& other) noexcept;
    multipart_part& operator=(multipart_part&& other) noexcept;
    ~multipart_part();

    /// Of the field; no two parts need to have different ones.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// What the client calls its file, without directories; empty if the part is no file. Text that
    /// a stranger has chosen: it may be empty, any length, and any bytes.
    [[nodiscard]] const std::optional<std::string>& filename() const noexcept { return filename_; }
    /// What the client takes it for; "text/plain" if it says nothing (RFC 7578 section 4.4).
    [[nodiscard]] std::string_view content_type() const noexcept;
    [[nodiscard]] const http::headers& headers() const noexcept { return headers_; }

    [[nodiscard]] http::body& body() noexcept { return body_; }
    /// `body().text(bytes_max)`.
    [[nodiscard]] async<std::string> text(std::size_t bytes_max = std::size_t{1} << 20);
    /// `body().save_to(path)`: choose a path of your own, and never the client's file name.
    async<std::uint64_t> save_to(std::string path);

private:
    friend struct detail::multipart_state;
    multipart_part() = default;

    std::string name_;
    std::optional<std::string> filename_;
    http::headers headers_;
    http::body body_;
};

/// The parts of a form, one after the other, without holding any of it.
///
/// ```
/// http::multipart_form form = http::read_multipart(asked);
/// while (auto part = co_await form.next()) {
///     if (part->filename()) co_await part->save_to(directory + "/" + fresh_name());
/// }
/// ```
///
/// **Fails** whatever reads: with `status_error`, which answers the request where nobody catches
/// it: 400 if the form is malformed, 413 if it is beyond a limit, which it names; with what the
/// request's body says; with usage_error if a part is read after its time.
/// **Cancel** what was being read is lost.
/// **Threads** those of one loop; read by one task at a time.
/// **Source** RFC 7578.
class PATIO_EXPORT multipart_form {
public:
    multipart_form(multipart_form&& other) noexcept;
    multipart_form& operator=(multipart_form&& other) noexcept;
    ~multipart_form();

    /// The next part, behind what was not read of the one before; empty behind the last one.
    [[nodiscard]] async<std::optional<multipart_part>> next();

private:
    friend multipart_form read_multipart(request& asked, multipart_options options);
    explicit multipart_form(std::shared_ptr<detail::multipart_state> state) noexcept;

    std::shared_ptr<detail::multipart_state> state_;  // parts have it too, and operations
};

/// Takes the body of a request as a form with files: multipart/form-data.
///
/// **Owns** the body from there on. **Use** `read_form` for forms without files.
/// **Fails** with `status_error` 415 if it is no such form.
[[nodiscard]] PATIO_EXPORT multipart_form read_multipart(request& asked,
                                                         multipart_options options = {});

}  // namespace patio::http
