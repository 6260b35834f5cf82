// SPDX-License-Identifier: MIT
#pragma once

// A coroutine that gives many values, one for each time it is asked.

#include <patio/base/assert.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/frame.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

/// Destroys a frame of ours that is suspended, outside of the unwinder. A destructor that throws in
/// there ends the program: the frame would catch it and go on.
PATIO_EXPORT void destroy_suspended(std::coroutine_handle<> frame) noexcept;

/// Two tasks wanted the next item of one generator at the same time.
[[noreturn, gnu::cold]] PATIO_EXPORT void throw_generator_in_use();

}  // namespace detail

/// A reference or nothing: what `next()` gives for a generator of references.
///
/// It refers into the generator's frame, or to whatever the generator yielded: it is good until
/// `next()` is called again or the generator is gone.
template <class T>
class optional_reference {
public:
    optional_reference() noexcept = default;
    explicit optional_reference(T& target) noexcept : target_{__builtin_addressof(target)} {}

    [[nodiscard]] bool has_value() const noexcept { return target_ != nullptr; }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] T& operator*() const noexcept { return *target_; }
    [[nodiscard]] T* operator->() const noexcept { return target_; }

private:
    T* target_ = nullptr;
};

/// `R{arguments…}` as the result of a function: what `co_yield R{…}` means, also where GCC 12 would
/// miscompile it.
template <class R, class... Args>
[[nodiscard]] R make_item(Args&&... arguments) {
    return R{std::forward<Args>(arguments)...};
}

/// A coroutine that will give any number of `T`s, made when they are asked for.
///
/// ```
/// patio::async_generator<line> lines(stream& source) {
///     while (auto text = co_await source.read_line()) co_yield parse(*text);
/// }
/// auto all = lines(source);
/// while (auto item = co_await all.next()) use(*item);
/// ```
///
/// The body runs only while somebody awaits `next()`, as a part of the awaiting task: what it
/// awaits, the awaiting task waits for, and where that is cancelled the body is unwound too. So
/// timeouts, task groups and shields may stand in the body or around `next()`, but never begin in
/// one item and end in another.
///
/// **Use** it for a sequence whose items come one after another. To produce while the consumer is
/// busy spawn a task and hand over through a `channel`.
/// **Borrows** what its parameters refer to, until it is gone. Take parameters by value.
/// **Fails** what the body throws comes out of `next()`; there are no items after it.
/// **Cancel** a cancelled `next()` closes the generator: its frame is destroyed, innermost first,
/// and later calls of `next()` give nothing. Dropping a generator early destroys its frame at its
/// `co_yield`; one that was never asked has run nothing, and is not reported.
/// **Order** as yielded. **Cost** one block from the frame pool for all items.
///
/// `T` is an object type, of which items are moved out of the generator (`co_yield` of a named
/// object copies it), or a reference type, of which nothing is moved or copied.
///
/// GCC before 13 miscompiles `co_yield R{…}` for an aggregate `R` whose members have destructors:
/// it destroys the temporary twice. With every compiler work `co_yield make_item<R>(…)`, a named
/// item (`co_yield std::move(item)`), what a function returns, and an `R` with a constructor.
template <class T>
class PATIO_DETAIL_COROUTINE
    [[nodiscard("a generator does nothing until it is asked: co_await g.next()")]] async_generator {
public:
    using loop_affine = void;
    static_assert(!std::is_void_v<T> && !std::is_rvalue_reference_v<T>,
                  "a generator gives objects or lvalue references");

    class promise_type;
    class next_operation;
    using value_type = std::remove_cvref_t<T>;
    /// What `next()` gives: empty at the end.
    using item =
        std::conditional_t<std::is_reference_v<T>, optional_reference<std::remove_reference_t<T>>,
                           std::optional<std::remove_reference_t<T>>>;

    async_generator(async_generator&& other) noexcept : frame_{other.release()} {}
    async_generator& operator=(async_generator&& other) noexcept {
        async_generator old{std::move(*this)};
        frame_ = other.release();
        return *this;
    }
    /// Nobody may be waiting for the next item: that ends the program.
    ~async_generator() {
        if (const handle frame = release()) detail::destroy_suspended(frame);
    }

    /// Runs the body to its next `co_yield`, or to its end.
    ///
    /// **Returns** the item; empty when the body has ended, or the generator was closed.
    /// **Suspends** as the body does.
    /// **Fails** with what the body throws; with usage_error while another task awaits an item.
    /// **Borrows** the generator, which must stay where it is until this returns.
    [[nodiscard("the next item needs co_await: co_await g.next()")]] next_operation
    next() noexcept {
        return next_operation{*this};
    }

    /// Whether `next()` will give nothing, without running anything.
    [[nodiscard]] bool done() const noexcept { return !frame_; }

private:
    using handle = std::coroutine_handle<promise_type>;

    explicit async_generator(handle frame) noexcept : frame_{frame} {}

    /// Gives the frame away, or to the destructor.
    handle release() noexcept {
        PATIO_ASSERT(!frame_ || !frame_.promise().is_awaited_,
                     "an async_generator was moved or destroyed while a task awaits its next item");
        return std::exchange(frame_, {});
    }

    handle frame_;
};

template <class T>
class async_generator<T>::promise_type : public detail::promise_base {
public:
    explicit promise_type(
        std::source_location definition = std::source_location::current()) noexcept
        : promise_base{definition} {}

    PATIO_DETAIL_COROUTINE_WRAPPER async_generator get_return_object() noexcept {
        return async_generator{handle::from_promise(*this)};
    }
    static void return_void() noexcept {}

    /// Gives control back to whoever awaits the item.
    class yield_operation {
    public:
        static bool await_ready() noexcept { return false; }
        static std::coroutine_handle<> await_suspend(handle yielding) noexcept {
            return detail::transfer(std::coroutine_handle<>::from_address(
                reinterpret_cast<void*>(yielding.promise().continuation_word())));
        }
        static void await_resume() noexcept {}
    };

    // The item stays where it is, in the suspended frame, until the consumer takes it.
    yield_operation yield_value(std::remove_reference_t<T>& value) noexcept
        requires std::is_reference_v<T>
    {
        item_ = __builtin_addressof(value);
        return {};
    }
    yield_operation yield_value(T&& value) noexcept
        requires(!std::is_reference_v<T>)
    {
        item_ = __builtin_addressof(value);
        may_move_ = true;
        return {};
    }
    yield_operation yield_value(const T& value) noexcept
        requires(!std::is_reference_v<T> && std::is_copy_constructible_v<T>)
    {
        item_ = const_cast<T*>(__builtin_addressof(value));
        may_move_ = false;
        return {};
    }

private:
    friend class async_generator;

    /// The item that was yielded last, for its consumer.
    item take() {
        if constexpr (std::is_reference_v<T>) {
            return item{*std::exchange(item_, nullptr)};
        } else {
            T& yielded = *std::exchange(item_, nullptr);
            if constexpr (std::is_copy_constructible_v<T>) {
                if (!may_move_) return item{std::in_place, std::as_const(yielded)};
            }
            return item{std::in_place, std::move(yielded)};
        }
    }

    std::remove_reference_t<T>* item_ = nullptr;  // null: none since the last one was taken
    bool may_move_ = false;
    bool is_awaited_ = false;
};

/// What `next()` returns. If it is destroyed before it has an item, its task was cancelled: it
/// closes the generator.
template <class T>
class [[nodiscard(
    "the next item needs co_await: co_await g.next()")]] async_generator<T>::next_operation {
public:
    explicit next_operation(async_generator& source) noexcept : source_{&source} {}
    next_operation(next_operation&& unstarted) noexcept : source_{unstarted.source_} {
        PATIO_ASSERT(!unstarted.is_started_, "an operation was moved after it had started");
    }
    next_operation& operator=(next_operation&&) = delete;
    ~next_operation() {
        if (is_started_) [[unlikely]]
            close();
    }

    [[nodiscard]] bool await_ready() const noexcept { return !source_->frame_; }
    [[gnu::always_inline]] std::coroutine_handle<> await_suspend(
        detail::awaiting_frame parent,
        std::source_location where = std::source_location::current()) {
        promise_type& body = source_->frame_.promise();
        if (body.is_awaited_) [[unlikely]]
            detail::throw_generator_in_use();
        is_started_ = body.is_awaited_ = true;
        body.continue_in_frame(parent.handle(), where);
        return detail::transfer(source_->frame_);
    }
    item await_resume() {
        if (!is_started_) return {};
        promise_type& body = source_->frame_.promise();
        if (body.item_ == nullptr) {
            const ended_frame ended{close_frame()};
            if (ended.body->state() == detail::frame_state::error) {
                std::rethrow_exception(ended.body->take_error());
            }
            return {};
        }
        is_started_ = body.is_awaited_ = false;
        return body.take();
    }

private:
    /// The frame of a body that has reached its end, or is being closed.
    handle close_frame() noexcept {
        is_started_ = false;
        return std::exchange(source_->frame_, {});
    }
    void close() noexcept { detail::destroy_suspended(close_frame()); }

    struct ended_frame {
        promise_type* body;
        explicit ended_frame(handle frame) noexcept : body{&frame.promise()} {}
        ended_frame(const ended_frame&) = delete;
        ended_frame& operator=(const ended_frame&) = delete;
        ~ended_frame() { handle::from_promise(*body).destroy(); }
    };

    async_generator* source_;
    bool is_started_ = false;
};

}  // namespace patio
