// SPDX-License-Identifier: MIT
#pragma once

// The vocabulary that all databases share.

#include <patio/sql/codec.hpp>
#include <patio/sql/error.hpp>
#include <patio/sql/executed.hpp>
#include <patio/sql/executor.hpp>
#include <patio/sql/from_row.hpp>
#include <patio/sql/open_transaction.hpp>
#include <patio/sql/parameters.hpp>
#include <patio/sql/row.hpp>
#include <patio/sql/transaction_options.hpp>
#include <patio/sql/value.hpp>
