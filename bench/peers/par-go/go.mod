module par

go 1.21
