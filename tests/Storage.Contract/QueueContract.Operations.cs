namespace Slimta.Storage.Tests;

/// <summary>python-slimta's eight operations.</summary>
public abstract partial class QueueContract
{
    [Fact]
    public async Task A_written_message_comes_back_as_it_was()
    {
        var envelope = Mail.ToThree() with
        {
            Parameters = new Dictionary<string, string> { ["BODY"] = "8BITMIME", ["SMTPUTF8"] = "" },
            Recipients = ["a@example.org", new Recipient("b@exämple.org") { Parameters = new Dictionary<string, string> { ["NOTIFY"] = "NEVER" } }],
        };

        var id = await Queue.WriteAsync(envelope);
        var message = await Queue.GetAsync(id);

        Assert.Equal(0, message.Attempts);
        Assert.Equal(2, message.RecipientCount);
        Assert.Equal(envelope.Sender, message.Envelope.Sender);
        Assert.Equal(["a@example.org", "b@exämple.org"], message.Envelope.Recipients.Select(r => r.Address));
        Assert.Equal([0, 1], message.Envelope.Recipients.Select(r => r.Index));
        Assert.Equal("NEVER", message.Envelope.Recipients[1].Parameters["NOTIFY"]);
        Assert.Empty(message.Envelope.Recipients[0].Parameters);
        Assert.Equal(envelope.Parameters, message.Envelope.Parameters);
        Assert.Equal(envelope.Client, message.Envelope.Client);
        Assert.Equal(envelope.Receiver, message.Envelope.Receiver);
        Assert.Equal(envelope.Received, message.Envelope.Received);
        Assert.Equal(Mail.Content, await message.Envelope.Content.ToArrayAsync());
    }

    [Fact]
    public async Task Content_of_any_bytes_comes_back_byte_for_byte()
    {
        foreach (var content in new[] { [], [0], [13, 10, 46, 13, 10, 0, 255], Mail.Bytes(64 * 1024), Mail.Bytes(64 * 1024 + 1), Mail.Bytes(700_001) })
        {
            var id = await Queue.WriteAsync(Mail.ToThree() with { Content = content });
            Assert.Equal(content, await (await Queue.GetAsync(id)).Envelope.Content.ToArrayAsync());
        }
    }

    [Fact]
    public async Task Recipients_marked_from_many_places_at_once_are_all_marked()
    {
        var id = await Queue.WriteAsync(Mail.To([.. Enumerable.Range(0, 40).Select(i => $"r{i}@example.org")]));
        var other = NewQueue();

        await Task.WhenAll(Enumerable.Range(0, 39).Select(i => (i % 2 == 0 ? Queue : other).SetRecipientsDeliveredAsync(id, [i])));

        var left = Assert.Single((await Queue.GetAsync(id)).Envelope.Recipients);
        Assert.Equal(39, left.Index);
        Assert.Equal("r39@example.org", left.Address);
    }

    [Fact]
    public async Task Indexes_are_those_of_the_original_envelope_and_repeating_them_marks_no_other()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());

        await Queue.SetRecipientsDeliveredAsync(id, [0]);
        await Queue.SetRecipientsDeliveredAsync(id, [0, 0]);
        await Queue.SetRecipientsDeliveredAsync(id, [1]);

        Assert.Equal("c@example.org", Assert.Single((await Queue.GetAsync(id)).Envelope.Recipients).Address);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task An_index_out_of_range_is_an_error_and_changes_nothing(int index)
    {
        var id = await Queue.WriteAsync(Mail.ToThree());

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Queue.SetRecipientsDeliveredAsync(id, [0, index]));

        Assert.Contains("from 0 to 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await Queue.GetAsync(id)).Envelope.Recipients.Count);
    }

    [Fact]
    public async Task Attempts_are_counted_and_none_is_lost_when_counted_at_once()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());

        var counts = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Queue.IncrementAttemptsAsync(id)));

        Assert.Equal(Enumerable.Range(1, 50), counts.Order());
        Assert.Equal(50, (await Queue.GetAsync(id)).Attempts);
    }

    [Fact]
    public async Task A_removed_message_is_gone_with_all_that_belonged_to_it()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        var large = await Queue.WriteAsync(Mail.ToThree() with { Content = Mail.Bytes(600_000) });
        await Queue.IncrementAttemptsAsync(id);

        await Queue.RemoveAsync(id);
        await Queue.RemoveAsync(large);

        await Assert.ThrowsAsync<KeyNotFoundException>(() => Queue.GetAsync(id));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Load_tells_every_message_with_its_time()
    {
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var written = new Dictionary<string, DateTimeOffset>();
        for (var i = 0; i < 25; i++)
            written.Add(await Queue.WriteAsync(Mail.ToThree(), due.AddSeconds(i)), due.AddSeconds(i));

        var loaded = new Dictionary<string, DateTimeOffset>();
        await foreach (var (timestamp, id) in Queue.LoadAsync())
            loaded.Add(id, timestamp);

        Assert.Equal(written.OrderBy(m => m.Key), loaded.OrderBy(m => m.Key));
    }

    [Fact]
    public async Task Load_pages_through_more_messages_of_one_time_than_a_page_holds()
    {
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var written = await Task.WhenAll(Enumerable.Range(0, 2300).Select(i => Queue.WriteAsync(Mail.ToThree(), due.AddTicks(i / 2290))));

        Assert.Equal(written.Order(), (await LoadedAsync()).Order());
    }

    [Fact]
    public async Task A_message_is_written_for_later_and_its_time_can_be_changed()
    {
        var later = new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
        var id = await Queue.WriteAsync(Mail.ToThree(), later);
        await Queue.SetTimestampAsync(id, later.AddDays(1));

        await foreach (var (timestamp, loaded) in Queue.LoadAsync())
            Assert.Equal((later.AddDays(1), id), (timestamp, loaded));
    }

    [Fact]
    public async Task The_eight_operations_on_an_id_that_is_not_in_the_queue_say_so_and_leave_nothing_behind()
    {
        const string Unknown = "0-00000000000000000000000000";

        await Assert.ThrowsAsync<MessageNotFoundException>(() => Queue.SetTimestampAsync(Unknown, Due.Now));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Queue.IncrementAttemptsAsync(Unknown));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Queue.SetRecipientsDeliveredAsync(Unknown, [0]));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Queue.RemoveAsync(Unknown));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Queue.GetAsync(Unknown));
        Assert.Empty(await LoadedAsync());
    }

    [Fact]
    public async Task A_message_that_is_being_delivered_is_changed_by_its_consumer_alone()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        await using var entry = await NextAsync();

        await Assert.ThrowsAsync<MessageLeasedException>(() => Queue.RemoveAsync(id));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Queue.SetTimestampAsync(id, TimeSpan.FromHours(1)));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Queue.IncrementAttemptsAsync(id));
        await Assert.ThrowsAsync<MessageLeasedException>(() => Queue.SetRecipientsDeliveredAsync(id, [0]));

        var message = await Queue.GetAsync(id);
        Assert.Equal((0, 3), (message.Attempts, message.Envelope.Recipients.Count));
        Assert.True(entry.Lease.IsLive);
    }

    [Fact]
    public async Task An_operation_whose_token_is_cancelled_before_changes_nothing()
    {
        var id = await Queue.WriteAsync(Mail.ToThree());
        var cancelled = new CancellationToken(true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.WriteAsync(Mail.ToThree(), cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.SetTimestampAsync(id, TimeSpan.FromHours(1), cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.IncrementAttemptsAsync(id, cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.SetRecipientsDeliveredAsync(id, [0], cancellationToken: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.GetAsync(id, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Queue.RemoveAsync(id, cancellationToken: cancelled));

        await using var entry = await NextAsync();
        Assert.Equal((id, 0, 3), (entry.Id, entry.Message.Attempts, entry.Message.Envelope.Recipients.Count));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entry.SettleAsync(Settlement.Remove(), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entry.ReleaseAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entry.MarkAsync([0], cancelled));
        Assert.True(entry.Lease.IsLive);
        Assert.Equal([id], await LoadedAsync());
    }
}
