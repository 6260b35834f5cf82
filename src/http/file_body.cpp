// SPDX-License-Identifier: MIT

#include "file_body.hpp"

#include <patio/core/error.hpp>
#include <patio/io/file_status.hpp>

#include <algorithm>
#include <utility>

namespace patio::http::detail {

async<std::unique_ptr<body_source>> file_body::open(std::string path, std::uint64_t offset,
                                                    std::optional<std::uint64_t> length) {
    file opened = co_await file::open(path);
    const file_status status = co_await opened.status();
    if (!status.is_regular()) throw error{errc::unsupported, "sending what is no file: " + path};
    if (offset > status.size() || length.value_or(0) > status.size() - offset) {
        throw error{errc::end_of_stream, "a part of a file reaches behind its end: " + path};
    }
    const std::uint64_t count = length.value_or(status.size() - offset);
    auto made = std::make_unique<file_body>(std::move(opened), offset, count);
    co_return made;
}

async<std::size_t> file_body::read_some(byte_span target) {
    const byte_span room =
        target.first(static_cast<std::size_t>(std::min<std::uint64_t>(target.size(), left())));
    if (room.empty()) co_return 0;
    auto reading = file_.pread(room, offset());
    const std::size_t count = co_await std::move(reading);
    if (count == 0) {
        throw error{errc::end_of_stream,
                    "a file became shorter while it was sent: " + file_.path()};
    }
    advance(count);
    co_return count;
}

}  // namespace patio::http::detail
