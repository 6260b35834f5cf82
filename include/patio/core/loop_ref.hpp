// SPDX-License-Identifier: MIT
#pragma once

// The name of a loop.

#include <patio/base/config.hpp>

#include <cstddef>
#include <utility>

namespace patio {

class loop;

namespace detail {
class post_box;
struct callback_node;
}  // namespace detail

/// Says which loop is meant: what `call_on` takes, and `loop_at` and `this_loop_ref` give.
///
/// A value: copies name the same loop, and may outlive it. Unlike a `loop_handle` it promises
/// nothing: a loop that has nothing to do does not wait because somebody knows its name.
///
/// **Threads** any; it is `sendable`. **Cost** a counted pointer.
class PATIO_EXPORT loop_ref {
public:
    /// Names none: whatever is given to it fails as if that loop had ended.
    loop_ref() noexcept = default;
    loop_ref(const loop_ref& other) noexcept;
    loop_ref(loop_ref&& other) noexcept
        : box_{std::exchange(other.box_, nullptr)}, index_{other.index_} {}
    loop_ref& operator=(loop_ref other) noexcept {
        std::swap(box_, other.box_);
        std::swap(index_, other.index_);
        return *this;
    }
    ~loop_ref();

    /// Its number among the loops of its program: zero is main's.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// Whether it names a loop; that may have ended.
    explicit operator bool() const noexcept { return box_ != nullptr; }
    friend bool operator==(const loop_ref& a, const loop_ref& b) noexcept {
        return a.box_ == b.box_;
    }

    /// For the library: the name of a loop that has not ended.
    [[nodiscard]] static loop_ref of(loop& named, std::size_t index = 0) noexcept;
    /// For the library: gives a node to the loop. False if that has ended: the caller keeps it.
    bool post(detail::callback_node& node) const noexcept;

private:
    detail::post_box* box_ = nullptr;  // counted
    std::size_t index_ = 0;
};

}  // namespace patio
