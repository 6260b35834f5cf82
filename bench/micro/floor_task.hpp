// SPDX-License-Identifier: MIT
#pragma once

// The least that a coroutine runtime must do, and nothing else: no cancellation, no exceptions, no
// names, no diagnostics, no second loop. What is missing here is what a real runtime pays for.

#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace floor_of {

/// Hands out coroutine frames from free lists, one for each multiple of 16 bytes.
class frame_pool {
public:
    static void* take(std::size_t bytes) {
        const std::size_t index = (bytes + 15) / 16;
        if (index >= classes) return std::malloc(bytes);
        if (free_[index] == nullptr) return carve(index * 16);
        return std::exchange(free_[index], free_[index]->next);
    }

    static void give(void* memory, std::size_t bytes) {
        const std::size_t index = (bytes + 15) / 16;
        if (index >= classes) return std::free(memory);
        free_[index] = new (memory) block{free_[index]};
    }

private:
    struct block {
        block* next;
    };

    static constexpr std::size_t classes = 64;
    static constexpr std::size_t slab_bytes = std::size_t{2} << 20;

    [[gnu::noinline]] static void* carve(std::size_t bytes) {
        if (static_cast<std::size_t>(slab_end_ - slab_next_) < bytes) {
            void* slab = mmap(nullptr, slab_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (slab == MAP_FAILED) std::abort();
            slab_next_ = static_cast<char*>(slab);
            slab_end_ = slab_next_ + slab_bytes;
        }
        return std::exchange(slab_next_, slab_next_ + bytes);
    }

    static inline constinit thread_local block* free_[classes]{};
    static inline constinit thread_local char* slab_next_ = nullptr;
    static inline constinit thread_local char* slab_end_ = nullptr;
};

/// Gives a promise its frame from the pool.
struct pooled {
    static void* operator new(std::size_t bytes) { return frame_pool::take(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { frame_pool::give(frame, bytes); }
};

/// A lazy coroutine that is awaited once: the continuation, the value, symmetric transfer.
template <class T>
class [[nodiscard]] task {
public:
    struct promise_type;
    using handle = std::coroutine_handle<promise_type>;

    explicit task(handle frame) noexcept : frame_{frame} {}
    task(task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    task& operator=(task&&) = delete;
    ~task() {
        if (frame_) frame_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
        frame_.promise().parent = parent;
        return frame_;
    }
    T await_resume() noexcept { return frame_.promise().value; }

    struct promise_type : pooled {
        std::coroutine_handle<> parent;
        T value;

        struct return_to_parent {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(handle child) noexcept {
                return child.promise().parent;
            }
            void await_resume() noexcept {}
        };

        task get_return_object() { return task{handle::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        return_to_parent final_suspend() noexcept { return {}; }
        void return_value(T result) noexcept { value = result; }
        void unhandled_exception() noexcept { std::abort(); }
    };

private:
    handle frame_;
};

/// A coroutine that starts at once and frees itself at its end.
struct detached {
    struct promise_type : pooled {
        detached get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::abort(); }
    };
};

/// What may stand in the ready queue: a link and the coroutine to resume.
struct ready_node {
    ready_node* next = nullptr;
    std::coroutine_handle<> coroutine;
};

/// The ready queue, first in, first out.
class ready_queue {
public:
    void push(ready_node& node) noexcept {
        node.next = nullptr;
        (last_ != nullptr ? last_->next : first_) = &node;
        last_ = &node;
    }

    /// Resumes what is ready until nothing is.
    void run() {
        while (first_ != nullptr) {
            ready_node& node = *first_;
            first_ = node.next;
            if (first_ == nullptr) last_ = nullptr;
            node.coroutine.resume();
        }
    }

private:
    ready_node* first_ = nullptr;
    ready_node* last_ = nullptr;
};

inline constinit ready_queue ready;

/// Gives the others a turn.
struct yield {
    ready_node node;

    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
        node.coroutine = self;
        ready.push(node);
    }
    void await_resume() noexcept {}
};

}  // namespace floor_of
