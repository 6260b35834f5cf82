// SPDX-License-Identifier: MIT

#include "chunks.hpp"

namespace patio::tls {

void chunks::advance() {
    current_ = {};
    skip_empty();
    if (index_ == parts_.count()) return;
    if (rest().size() > small_bytes_max || index_ + 1 == parts_.count()) {
        current_ = rest().first(bytes_max);
        offset_ += current_.size();
        return;
    }
    gathered_.clear();
    while (index_ < parts_.count() && gathered_.size() < bytes_max) {
        const byte_view next = rest();
        if (next.size() > small_bytes_max) break;
        const byte_view piece = next.first(bytes_max - gathered_.size());
        gathered_.insert(gathered_.end(), piece.begin(), piece.end());
        offset_ += piece.size();
        skip_empty();
    }
    current_ = gathered_;
}

}  // namespace patio::tls
