// SPDX-License-Identifier: MIT
#pragma once

// Forms with files, as clients send them.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patio::http {

enum class multipart_write_fault : std::uint8_t {
    none,
    /// A name or file name has a control character other than CR and LF, which are escaped.
    bad_name,
    /// The media type has a control character.
    bad_content_type,
};

/// A `multipart/form-data` body: what to send, piece by piece.
///
/// Fields and files are added first, in their order. Then `next()` gives the pieces: bytes to send,
/// or that the content of a file comes here, which the caller sends from wherever it is.
///
/// Names are quoted as browsers do it: `"`, CR and LF become `%22`, `%0D` and `%0A`, everything
/// else stays. Values are sent as they are, without the browsers' change of line ends to CRLF:
/// a program means what it says.
///
/// **Cost** one buffer with all fields and heads; 16 bytes for each file.
/// **Source** RFC 7578; the HTML standard's "multipart/form-data encoding algorithm".
class PATIO_EXPORT multipart_writer {
public:
    enum class piece_kind : std::uint8_t { bytes, file, end };
    struct piece {
        piece_kind kind = piece_kind::end;
        /// To send. **Borrows** from the writer: good until something is added to it.
        byte_view bytes;
        /// Which file, counted from 0 as they were added.
        std::size_t file_index = 0;
    };

    static constexpr std::size_t random_bytes_min = 16;

    /// From 16 random bytes or more: nobody who knows a part's content shall guess the boundary.
    explicit multipart_writer(byte_view random);

    [[nodiscard]] multipart_write_fault add_field(std::string_view name, std::string_view value);
    /// An empty `content_type` is `application/octet-stream`. An empty `size` is not known yet:
    /// then the whole length is not, either.
    [[nodiscard]] multipart_write_fault add_file(std::string_view name, std::string_view filename,
                                                 std::string_view content_type,
                                                 std::optional<std::uint64_t> size);

    /// For the header field of that name.
    [[nodiscard]] std::string content_type() const;
    [[nodiscard]] std::string_view boundary() const noexcept { return boundary_; }
    /// Of the whole body, if all files have a known size.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept;
    /// The next piece. Two pieces of bytes never follow each other.
    [[nodiscard]] piece next() noexcept;
    /// Begins again with the first piece: to send a body once more.
    void rewind() noexcept;

private:
    struct file_place {
        std::size_t text_offset;
        std::optional<std::uint64_t> size;
    };

    void begin_part(std::string_view name);
    void close();
    void append_quoted(std::string_view name);

    std::string boundary_;
    // All that is not a file's content. It always ends with the closing delimiter.
    std::string text_;
    std::vector<file_place> files_;
    // What `next` gives next: the text up to this file, or the file.
    std::size_t file_index_ = 0;
    std::size_t text_given_ = 0;
    enum class phase : std::uint8_t { text, file, done } phase_ = phase::text;
};

}  // namespace patio::http
