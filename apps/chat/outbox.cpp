// SPDX-License-Identifier: MIT

#include "outbox.hpp"

namespace chat {

void outbox::put(frame one) {
    const std::size_t bytes = one->size();
    add(std::move(one), bytes);
}

void outbox::put_page(std::string text) {
    const std::size_t bytes = has_page_ ? text.size() : 0;
    has_page_ = true;
    add(make_frame(std::move(text)), bytes);
}

void outbox::add(frame content, std::size_t bytes) {
    if (has_ended_) return;
    if (bytes > bytes_max_ - bytes_) {
        waiting_.clear();
        bytes_ = 0;
        end(patio::ws::close_code::try_again_later, "too slow: come again");
        return;
    }
    bytes_ += bytes;
    waiting_.push_back({std::move(content), bytes});
    changed_.set();
}

patio::async<frame> outbox::next() {
    while (waiting_.empty() && !has_ended_) {
        changed_.clear();
        co_await changed_.wait();
    }
    frame first;
    if (!waiting_.empty()) {
        if (waiting_.front().bytes == 0) has_page_ = false;
        bytes_ -= waiting_.front().bytes;
        first = std::move(waiting_.front().content);
        waiting_.pop_front();
    }
    co_return first;
}

void outbox::end(patio::ws::close_code code, std::string reason) {
    if (has_ended_) return;
    has_ended_ = true;
    code_ = code;
    reason_ = std::move(reason);
    changed_.set();
}

}  // namespace chat
