namespace Slimta.Chaos.Faults;

/// <summary>On which side of a server's work.</summary>
internal enum Moment
{
    /// <summary>The client has sent it and the server has not got it.</summary>
    Asked,

    /// <summary>The server has done it and the client does not know.</summary>
    Answered,

    /// <summary>The client has sent it, and the server gets it when the message is another's: <see cref="Overtaking"/>.</summary>
    Late,
}

/// <summary>Who is hit.</summary>
internal enum Victim
{
    /// <summary>The client is killed.</summary>
    Client,

    /// <summary>The server is killed.</summary>
    Server,

    /// <summary>Both live; the connection is cut, some of the bytes lost or all.</summary>
    Connection,
}

/// <summary>An instant in the way of a message, and what happens then.</summary>
/// <param name="Link">Between which roles: <see cref="Network.Link.Kind"/>.</param>
internal sealed record Point(string Link, string Step, Moment Moment, Victim Victim)
{
    /// <summary>The instant alone.</summary>
    public string Instant => $"{Link} {Step} {Moment switch { Moment.Asked => "asked", Moment.Answered => "answered", _ => "late" }}";

    public override string ToString() => $"{Instant}: {Who} {(Moment == Moment.Late ? "stopped" : Victim == Victim.Connection ? "cut" : "killed")}";

    private string Who => Victim switch
    {
        Victim.Client => Link[..Link.IndexOf('>', StringComparison.Ordinal)],
        Victim.Server => Link[(Link.IndexOf('>', StringComparison.Ordinal) + 1)..],
        _ => "connection",
    };

    /// <summary>Every one that there is.</summary>
    /// <param name="links">Between which roles, each as often as there are such links.</param>
    public static IEnumerable<Point> All(IReadOnlyCollection<string> links)
    {
        foreach (var (link, steps) in Steps.Where(steps => links.Contains(steps.Link)))
            foreach (var step in steps.Where(step => step != Network.QueueCommand.Order || links.Contains(Actors.Crew.OperatorLink)))
                foreach (var moment in Enum.GetValues<Moment>())
                    foreach (var victim in Enum.GetValues<Victim>())
                    {
                        var point = new Point(link, step, moment, victim);
                        if (point.IsPossible(links.Count(kind => kind == link)))
                            yield return point;
                    }
    }

    /// <summary>Sender and operators are this program; the middle of a message has no answer; and to overtake a settlement takes two relays.</summary>
    private bool IsPossible(int links) => Moment switch
    {
        Moment.Late => Victim == Victim.Client && links > 1 && Settlements.Contains(Step),
        Moment.Answered when Step == "content" => false,
        _ => !(Victim == Victim.Client && Link is "sender>edge" or Actors.Crew.OperatorLink),
    };

    private static readonly string[] Settlements = ["mark", "retry", "bounce", "remove"];

    private static readonly (string Link, string[] Names)[] Steps =
    [
        ("sender>edge", ["envelope", "content", "dot", Network.HttpTap.Post]),
        (Actors.Crew.OperatorLink, [Network.QueueCommand.Order]),
        ("edge>queue", ["stage", "write", Network.QueueCommand.Order]),
        ("relay>queue", ["claim", Network.QueueCommand.Fetch, "renew", .. Settlements]),
        ("relay>sink", ["envelope", "content", "dot"]),
    ];
}
