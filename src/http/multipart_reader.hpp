// SPDX-License-Identifier: MIT
#pragma once

// Forms with files, as servers get them.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/http/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patio::http {

/// The boundary that the Content-Type of a form names; empty if it is no `multipart/form-data`, or
/// names none or several. Also without quotes where the grammar wants them, for `=` and `/` and
/// their like: many clients leave them out. **Source** RFC 2046 section 5.1.1.
[[nodiscard]] PATIO_EXPORT std::optional<std::string> multipart_boundary(
    std::string_view content_type);

enum class multipart_event : std::uint8_t {
    /// All input was taken.
    wants_input,
    /// A part begins: `name()`, `filename()` and `part_headers()` are its own.
    part,
    /// A piece of its body: `body()`.
    body,
    part_end,
    /// The form is complete. What follows is taken and ignored.
    end,
    /// `fault()` says why.
    failed,
};

enum class multipart_fault : std::uint8_t {
    none,
    /// More parts, or longer heads of parts, than the limit of that name.
    parts_max,
    part_header_bytes_max,
    /// Behind a boundary stands something else than the end of its line.
    bad_delimiter,
    /// A line of a part's head is no field.
    bad_header,
    /// A part is no `form-data` with one name, or quotes in another way than browsers do.
    bad_disposition,
    /// `filename*`, which must not be used (RFC 7578 section 4.2): who checks file names in one
    /// form must not get them in another one.
    extended_filename,
    /// The input has ended before the form did.
    truncated,
};

class PATIO_EXPORT multipart_limits {
public:
    multipart_limits() noexcept = default;

    /// 1000 by default.
    multipart_limits& parts_max(std::size_t count) noexcept {
        parts_max_ = count;
        return *this;
    }
    /// Of one part, with the empty line. 8 KiB by default.
    multipart_limits& part_header_bytes_max(std::size_t count) noexcept {
        part_header_bytes_max_ = count;
        return *this;
    }

private:
    friend class multipart_reader;
    std::size_t parts_max_ = 1000;
    std::size_t part_header_bytes_max_ = std::size_t{8} << 10;
};

/// Reads a `multipart/form-data` body: bytes in; parts and pieces of their bodies out, in order.
///
/// ```
/// switch (reader.next(input)) {  // takes from the front of `input`, again and again
///     case multipart_event::body: use(reader.body()); …
/// ```
///
/// Text before the first boundary and behind the last one is ignored, as RFC 2046 demands. Lines
/// end with CRLF and nothing else. In `name` and `filename`, `%22`, `%0D` and `%0A` are taken for
/// what browsers write so; a backslash is a backslash. Neither is checked to be UTF-8. Transfer
/// encodings are not undone (RFC 7578 section 4.7: nobody should send them).
///
/// **Cost** one buffer for the head of a part; bodies are views of the input. How large a body may
/// become is for its reader to say.
/// **Source** RFC 7578; RFC 2046 section 5.1.1; the HTML standard's encoding of names.
class PATIO_EXPORT multipart_reader {
public:
    /// `boundary` as `multipart_boundary` gives it.
    explicit multipart_reader(std::string_view boundary, multipart_limits limits = {});

    [[nodiscard]] multipart_event next(byte_view& input);
    /// Says that no input follows.
    [[nodiscard]] multipart_fault finish() noexcept;
    [[nodiscard]] multipart_fault fault() const noexcept { return fault_; }

    /// Of the part that began last.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Empty for a field that is no file. Without directories, which a client has no business to
    /// name: what follows the last slash or backslash, and neither `.` nor `..`. May be empty text:
    /// browsers send that if no file was chosen.
    [[nodiscard]] const std::optional<std::string>& filename() const noexcept { return filename_; }
    [[nodiscard]] const headers& part_headers() const noexcept { return headers_; }
    /// **Borrows** from the input, or from the reader. Good until the next call.
    [[nodiscard]] byte_view body() const noexcept { return body_; }

private:
    enum class phase : std::uint8_t { preamble, delimiter_end, head, body, epilogue, failed };
    enum class found : std::uint8_t { nothing, data, delimiter };

    [[nodiscard]] multipart_event fail(multipart_fault fault) noexcept;
    [[nodiscard]] found scan(byte_view& input) noexcept;
    [[nodiscard]] bool end_delimiter(byte_view& input);
    [[nodiscard]] bool read_head(byte_view& input);
    [[nodiscard]] bool parse_head();
    [[nodiscard]] bool parse_disposition(std::string_view value);
    void expect_line() noexcept;

    std::string delimiter_;  // CRLF, two hyphens and the boundary
    multipart_limits limits_;
    phase phase_ = phase::preamble;
    multipart_fault fault_ = multipart_fault::none;
    // How much of the delimiter the last bytes were. At the beginning of a body, or of all, its
    // CRLF counts as read although there was none, or belongs to the head.
    std::size_t matched_bytes_ = 0;
    std::size_t unread_bytes_ = 0;
    enum class line_end : std::uint8_t { begin, hyphen, padding, cr } line_end_ = line_end::begin;
    std::size_t part_count_ = 0;

    std::string head_;
    headers headers_;
    std::string name_;
    std::optional<std::string> filename_;
    byte_view body_;
};

}  // namespace patio::http
