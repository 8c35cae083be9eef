module combinators

go 1.21
