// SPDX-License-Identifier: MIT

#include "post_box.hpp"

#include <thread>

namespace patio::detail {

namespace {

/// On top of the stack once the loop has ended.
callback_node closed_mark;

}  // namespace

bool post_box::post(callback_node& node) noexcept {
    callback_node* top = __atomic_load_n(&top_, __ATOMIC_RELAXED);
    do {
        if (top == &closed_mark) return false;
        node.next = top;
        // Sequentially consistent because of what follows: see park().
    } while (
        !__atomic_compare_exchange_n(&top_, &top, &node, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    wake();
    return true;
}

/// Wakes the loop if it sleeps; of all posters only the first does, so a loop costs one system call
/// for each time that it sleeps, not for each post.
void post_box::wake() noexcept {
    if (__atomic_load_n(&is_parked_, __ATOMIC_SEQ_CST) == 0) return;
    // The loop may end while this thread is in here; close() waits for `wakers_`. It cannot miss
    // one: who adds itself after close() has looked finds `is_parked_` clear and does not touch the
    // driver.
    __atomic_add_fetch(&wakers_, 1, __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&is_parked_, 0U, __ATOMIC_SEQ_CST) != 0) waits_.wake();
    __atomic_sub_fetch(&wakers_, 1, __ATOMIC_SEQ_CST);
}

bool post_box::is_empty() const noexcept {
    return __atomic_load_n(&top_, __ATOMIC_ACQUIRE) == nullptr;
}

callback_node* post_box::take_all() noexcept {
    if (__atomic_load_n(&top_, __ATOMIC_RELAXED) == nullptr) return nullptr;
    callback_node* newest = __atomic_exchange_n(&top_, nullptr, __ATOMIC_ACQUIRE);
    callback_node* oldest = nullptr;
    while (newest != nullptr) {
        auto* below = static_cast<callback_node*>(newest->next);
        newest->next = oldest;
        oldest = newest;
        newest = below;
    }
    return oldest;
}

bool post_box::park() noexcept {
    // A poster stores its node and then looks at `is_parked_`; the loop stores `is_parked_` and
    // then looks for nodes. With sequential consistency at least one of them sees the other
    // (Dekker), so that no post is slept over.
    __atomic_store_n(&is_parked_, 1U, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&top_, __ATOMIC_SEQ_CST) == nullptr;
}

void post_box::unpark() noexcept { __atomic_store_n(&is_parked_, 0U, __ATOMIC_SEQ_CST); }

void post_box::close() noexcept {
    callback_node* node = __atomic_exchange_n(&top_, &closed_mark, __ATOMIC_SEQ_CST);
    while (node != nullptr) {
        auto* below = static_cast<callback_node*>(node->next);
        if (node->drop != nullptr) node->drop(*node);
        node = below;
    }
    while (__atomic_load_n(&wakers_, __ATOMIC_SEQ_CST) != 0)
        std::this_thread::yield();
}

void post_box::add_handle() noexcept {
    __atomic_add_fetch(&refs_, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&handles_, 1, __ATOMIC_RELAXED);
}

void post_box::drop_handle() noexcept {
    // The last one may leave the loop with nothing to wait for: it has to notice.
    if (__atomic_sub_fetch(&handles_, 1, __ATOMIC_SEQ_CST) == 0) wake();
    drop();
}

bool post_box::has_handles() const noexcept {
    return __atomic_load_n(&handles_, __ATOMIC_SEQ_CST) != 0;
}

void post_box::add_ref() noexcept { __atomic_add_fetch(&refs_, 1, __ATOMIC_RELAXED); }

void post_box::drop() noexcept {
    if (__atomic_sub_fetch(&refs_, 1, __ATOMIC_ACQ_REL) == 0) delete this;
}

}  // namespace patio::detail
