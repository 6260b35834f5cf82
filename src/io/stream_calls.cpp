// SPDX-License-Identifier: MIT

#include "stream_calls.hpp"

#include <algorithm>

namespace patio::detail {

void gather_position::skip_empty() noexcept {
    while (index_ < parts_.count() && offset_ == parts_[index_].size()) {
        ++index_;
        offset_ = 0;
    }
}

void gather_position::advance(std::size_t count) noexcept {
    while (count > 0) {
        const std::size_t step = std::min(count, parts_[index_].size() - offset_);
        offset_ += step;
        count -= step;
        skip_empty();
    }
}

std::size_t gather_position::fill(iovec* vectors) const noexcept {
    std::size_t filled = 0;
    std::size_t offset = offset_;
    for (std::size_t i = index_; i < parts_.count() && filled < vectors_max; ++i) {
        const byte_view rest = parts_[i].from(offset);
        offset = 0;
        if (rest.empty()) continue;
        // The kernel only reads what it is given to send; the structure serves both directions.
        vectors[filled].iov_base = const_cast<std::byte*>(rest.data());
        vectors[filled].iov_len = rest.size();
        ++filled;
    }
    return filled;
}

std::int64_t send_call::operator()(const fd_state& file) const noexcept {
    iovec vectors[gather_position::vectors_max];
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = from_.fill(vectors);
    if (message.msg_iovlen == 1) {
        return send_one_call{byte_view{vectors[0].iov_base, vectors[0].iov_len}}(file);
    }
    return or_errno(::sendmsg(file.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

std::int64_t write_call::operator()(const fd_state& file) const noexcept {
    iovec vectors[gather_position::vectors_max];
    const std::size_t count = from_.fill(vectors);
    return or_errno(::writev(file.fd, vectors, static_cast<int>(count)));
}

}  // namespace patio::detail
